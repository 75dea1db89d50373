import { Injectable } from '@nestjs/common';
import type { ProjectId, ResourceAmount, TenantId, VmId } from '@dcm/contracts';
import type { Transaction } from '../database/transaction.repository';

/** What one VM takes out of the quota of its project and tenant. */
export interface Hold {
  readonly vmId: VmId;
  readonly tenantId: TenantId;
  readonly projectId: ProjectId;
  readonly amounts: ResourceAmount;
}

@Injectable()
export class LedgerRepository {
  /** Locks the quota of the tenant, then of the project, until the transaction ends. */
  lockScopes(manager: Transaction, tenantId: TenantId, projectId: ProjectId): Promise<void>;
  lockScopes(): Promise<void> {
    return Promise.reject(new Error('not yet'));
  }

  /** Promises the amounts to a VM. Takes the scopes' locks itself. @throws DcmError QUOTA_EXCEEDED naming scope, dimension and figures. */
  hold(manager: Transaction, hold: Hold): Promise<void>;
  hold(): Promise<void> {
    return Promise.reject(new Error('not yet'));
  }

  /** Evidence came late: holds without asking whether it fits, because it exists. */
  rehold(manager: Transaction, hold: Hold, state: 'held' | 'used'): Promise<void>;
  rehold(): Promise<void> {
    return Promise.reject(new Error('not yet'));
  }

  /** The VM exists: held → used, with the observed amounts when they are given. */
  use(manager: Transaction, vmId: VmId, amounts?: ResourceAmount): Promise<void>;
  use(): Promise<void> {
    return Promise.reject(new Error('not yet'));
  }

  /** It is proven that nothing is there: gives everything back. Releasing twice is harmless. */
  release(manager: Transaction, vmId: VmId): Promise<void>;
  release(): Promise<void> {
    return Promise.reject(new Error('not yet'));
  }

  /** The outcome is not known: keeps the larger of old and new in each dimension. */
  setAmounts(manager: Transaction, vmId: VmId, amounts: ResourceAmount): Promise<void>;
  setAmounts(): Promise<void> {
    return Promise.reject(new Error('not yet'));
  }
}
