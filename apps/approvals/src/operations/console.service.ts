import { Inject, Injectable } from '@nestjs/common';
import {
  consoleAnswerSchema,
  DcmError,
  exchanges,
  siteKeys,
  type AdminActor,
  type AdminOutput,
  type ConsoleAnswer,
  type ConsoleCommand,
  type VmId,
} from '@dcm/contracts';
import { rpc, type Broker } from '@dcm/messaging';
import { newId } from '@dcm/runtime';
import { notFound } from '../admin/actor.policy';
import type { CallInput } from '../admin/ports';
import { BROKER } from '../approvals.config';
import { markOf } from '../dispatch/command.mapper';
import { assertWriter, scopeOf } from './caller.policy';
import { failureOf } from './failure.mapper';
import { OperationsService } from './operations.service';

const timeoutMs = 10_000;

interface Place {
  readonly name: string;
  readonly routingKey: string;
  readonly command: ConsoleCommand;
}

/** Opens a VM's screen by asking its site. The address is a secret: it is handed on, and neither kept nor logged. */
@Injectable()
export class ConsoleService {
  constructor(
    @Inject(BROKER) private readonly broker: Broker,
    private readonly service: OperationsService,
  ) {}

  /** @throws DcmError NOT_FOUND, PERMISSION_DENIED; CONFLICT for a VM that is not there; SITE_UNAVAILABLE; HYPERVISOR_REFUSED. */
  async open({ vmId }: CallInput<'admin.vm.console'>, actor: AdminActor): Promise<AdminOutput<'admin.vm.console'>> {
    const what = `open the console of VM ${vmId}`;
    assertWriter(actor, what);
    const place = await this.placeOf(vmId, actor, what);
    const answer = await this.ask(place);
    if (answer.ok) return answer.value;
    const { code, message } = failureOf(answer.error);
    throw new DcmError(code, message);
  }

  private placeOf(vmId: VmId, actor: AdminActor, what: string): Promise<Place> {
    const tenantId = scopeOf(actor, what);
    return this.service.change({ vmId }, ({ vm, scene }) => {
      if (tenantId !== null && vm.doc.tenantId !== tenantId) throw notFound(what);
      const { lifecycle, presence, site, platform, name } = vm.doc;
      if (lifecycle !== 'active' || presence !== 'present') {
        throw new DcmError('CONFLICT', `Unable to open the console of VM ${name}: it is ${lifecycle}, and ${presence}`);
      }
      const ownership = markOf({ installation: scene.installation, vm });
      const command = { requestId: newId(), site, ownership, nativeIds: [...vm.nativeIds] };
      return { name, routingKey: siteKeys.reads(platform, site), command };
    });
  }

  private async ask({ name, routingKey, command }: Place): Promise<ConsoleAnswer> {
    try {
      const type = 'io.dcm.command.console.v1';
      const answer = await rpc(this.broker, {
        exchange: exchanges.provisioning,
        routingKey,
        type,
        data: command,
        timeoutMs,
      });
      return consoleAnswerSchema.parse(answer);
    } catch (cause) {
      const message = `Unable to open the console of VM ${name}: site ${command.site} gave no answer`;
      throw new DcmError('SITE_UNAVAILABLE', message, { cause });
    }
  }
}
