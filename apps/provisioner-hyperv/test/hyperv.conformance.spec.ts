import { runConformance } from '@dcm/provisioner-kit/testing';
import { hypervTarget } from './hyperv.target';

runConformance({ name: 'hyperv', target: hypervTarget });
