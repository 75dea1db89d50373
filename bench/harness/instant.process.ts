import { runProvisioner } from '@dcm/provisioner-kit';
import { InstantAdapter, instantPlatform } from './instant.adapter';

void runProvisioner({ platform: instantPlatform, createAdapter: () => new InstantAdapter() });
process.on('disconnect', () => process.exit(0));
