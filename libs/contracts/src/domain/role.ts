import { z } from 'zod';

export const roles = ['platform-admin', 'tenant-admin', 'approver', 'developer', 'auditor', 'service'] as const;
export const roleSchema = z.enum(roles);
/** The six fixed roles. `platform-admin` belongs to no tenant and may do everything; the others act inside their tenant. */
export type Role = z.infer<typeof roleSchema>;
