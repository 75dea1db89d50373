import { runConformance } from '@dcm/provisioner-kit/testing';
import { vsphereTarget } from './vsphere.target';

runConformance({ name: 'vsphere', target: () => vsphereTarget() });
