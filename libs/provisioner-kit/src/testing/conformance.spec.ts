import { referenceTarget } from './reference/reference-target';
import { runConformance } from './conformance';

runConformance({ name: 'reference', target: () => Promise.resolve(referenceTarget()) });
