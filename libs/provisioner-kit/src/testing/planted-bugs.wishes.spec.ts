import type {
  Capability,
  CallContext,
  Feature,
  OperationContext,
  Plan,
  PlatformDescription,
  ProvisionedVm,
  ResolvedVm,
  VmSpec,
} from '@dcm/contracts';
import { outcomesOf, type AdapterClass, type PlantedBug } from './planted';
import { ReferenceAdapter } from './reference/reference.adapter';

/** An adapter that forgets something of what it is to make. */
const forgets = (forget: (spec: VmSpec) => VmSpec): AdapterClass =>
  class extends ReferenceAdapter {
    override provisionVm({ spec, plan }: ResolvedVm, ctx: OperationContext): Promise<ProvisionedVm> {
      return super.provisionVm({ spec: forget(spec), plan }, ctx);
    }
  };

const TellsNoLoss = class extends ReferenceAdapter {
  override async plan(spec: VmSpec, ctx: CallContext): Promise<Plan> {
    return { ...(await super.plan(spec, ctx)), losses: [] };
  }
};

/** An adapter that tells what is lost at the root of the request, where no field is to be found. */
const TellsAtTheRoot = class extends ReferenceAdapter {
  override async plan(spec: VmSpec, ctx: CallContext): Promise<Plan> {
    const plan = await super.plan(spec, ctx);
    return { ...plan, losses: plan.losses.map((loss) => ({ ...loss, pointer: '' })) };
  }
};

/** An adapter that declares that it cannot, and does not say so of the request. */
const declaresOnly = (feature: Feature): AdapterClass =>
  class extends ReferenceAdapter {
    override async describe(): Promise<PlatformDescription> {
      const description = await super.describe();
      const cannot: Capability = { feature, support: 'UNSUPPORTED', reason: 'not here' };
      const capabilities = description.capabilities.map((one) => (one.feature === feature ? cannot : one));
      return { ...description, capabilities };
    }
  };

const withoutDomain = ({ guest: { hostname, sshKeys, userData }, ...spec }: VmSpec): VmSpec => ({
  ...spec,
  guest: { hostname, sshKeys, userData },
});

const TellsThePassword = class extends ReferenceAdapter {
  override provisionVm(vm: ResolvedVm, ctx: OperationContext): Promise<ProvisionedVm> {
    ctx.checkpoint(JSON.stringify(vm.spec.guest));
    return super.provisionVm(vm, ctx);
  }
};

const copies = 'copies an image in full';
const secure = 'makes a VM that starts signed systems only';
const joins = 'lets a guest join the domain';

const bugs: readonly PlantedBug[] = [
  ['copies in full what is to be linked', forgets((spec) => ({ ...spec, clone: 'full' })), copies],
  ['links what is to be copied in full', forgets((spec) => ({ ...spec, clone: 'linked' })), copies],
  ['says that it cannot link and tells no loss', declaresOnly('linked-clone'), copies],
  ['forgets secure boot', forgets((spec) => ({ ...spec, firmware: { secureBoot: false } })), secure],
  ['always starts securely', forgets((spec) => ({ ...spec, firmware: { secureBoot: true } })), secure],
  ['tells nothing of a secure boot that is lost', TellsNoLoss, secure],
  ['tells the loss of secure boot elsewhere', TellsAtTheRoot, secure],
  ['forgets the domain', forgets(withoutDomain), joins],
  ['tells nothing of a domain that is not joined', TellsNoLoss, joins],
  ['writes the password of the domain into a token', TellsThePassword, joins],
];

describe('a bug planted in what a request wishes for', () => {
  it.each(bugs)(
    'is caught: the adapter %s',
    async (...bug) => {
      expect(await outcomesOf(bug)).toEqual({ withBug: 'failed', honest: 'passed' });
    },
    40_000,
  );
});
