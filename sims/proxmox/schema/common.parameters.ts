import { configId, nodeName, poolId, storageId, vmidText } from './formats';
import { integer, text, type Parameter } from './parameter';

/** Parameters that many calls share. */
export const node: Parameter = text({ format: nodeName });
export const vmid: Parameter = integer({ minimum: 100, maximum: 999_999_999, format: vmidText });
export const storage: Parameter = text({ format: storageId });
export const pool: Parameter = text({ format: poolId });
export const snapname: Parameter = text({ format: configId, maxLength: 40 });
export const digest: Parameter = text({ maxLength: 40 });
