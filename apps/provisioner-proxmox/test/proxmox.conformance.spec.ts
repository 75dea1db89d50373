import { runConformance } from '@dcm/provisioner-kit/testing';
import { proxmoxTarget } from './proxmox.target';

runConformance({ name: 'proxmox', target: () => proxmoxTarget() });
