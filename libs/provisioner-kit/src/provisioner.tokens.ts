/** Injection tokens of what has no class. */
export const PROVISIONER_CONFIG = Symbol('PROVISIONER_CONFIG');
export const LOG = Symbol('LOG');
