import { Module } from '@nestjs/common';
import { OPERATION_CALLS } from '../admin/ports';
import { APPROVALS_CONFIG } from '../approvals.config';
import { ControlController } from '../dispatch/control.controller';
import { ControlService } from '../dispatch/control.service';
import { DispatchRepository } from '../dispatch/dispatch.repository';
import { DispatchService } from '../dispatch/dispatch.service';
import { Dispatcher } from '../dispatch/dispatcher';
import { LeaseRepository } from '../dispatch/lease.repository';
import { HandOut } from '../dispatch/hand-out.service';
import { PromptDispatch } from '../dispatch/prompt-dispatch.service';
import { ChangesService } from '../requests/changes.service';
import { CreatesService } from '../requests/creates.service';
import { IntakeRepository } from '../requests/intake.repository';
import { RequestsConsumer } from '../requests/requests.consumer';
import { DecisionsService } from '../requests/decisions.service';
import { DeletesService } from '../requests/deletes.service';
import { QuotesRepository } from '../requests/quotes.repository';
import { QuotesService } from '../requests/quotes.service';
import { ResizesService } from '../requests/resizes.service';
import { RequestsService } from '../requests/requests.service';
import { CallsService } from './calls.service';
import { CancelService } from './cancel.service';
import { CommitRepository } from './commit.repository';
import { ConsoleService } from './console.service';
import { FactsConsumer } from './facts.consumer';
import { FactsService } from './facts.service';
import { HeartbeatService } from './heartbeat.service';
import { LedgerCheckRepository } from './ledger-check.repository';
import { LedgerSweeper } from './ledger.sweeper';
import { OperationRepository } from './operation.repository';
import { OperationsService } from './operations.service';
import { OperationsSweeper } from './operations.sweeper';
import { SiteCalls } from './site-calls.service';
import { SweepRepository } from './sweep.repository';
import { SweepService } from './sweep.service';
import { TariffRepository } from './tariff.repository';
import { TIMING, timingOf } from './timing';
import { WorkBell } from './work-bell';

/** The life of operations: requests, plans, approvals, dispatch, facts, and the sweeper behind them. Stands on FoundationModule. */
@Module({
  controllers: [RequestsConsumer, FactsConsumer, ControlController],
  providers: [
    { provide: TIMING, useFactory: timingOf, inject: [APPROVALS_CONFIG] },
    { provide: OPERATION_CALLS, useExisting: CallsService },
    OperationRepository,
    CommitRepository,
    TariffRepository,
    SweepRepository,
    DispatchRepository,
    LeaseRepository,
    IntakeRepository,
    WorkBell,
    HandOut,
    PromptDispatch,
    OperationsService,
    CallsService,
    CancelService,
    ConsoleService,
    QuotesRepository,
    QuotesService,
    SiteCalls,
    FactsService,
    ControlService,
    CreatesService,
    ResizesService,
    DecisionsService,
    DeletesService,
    ChangesService,
    RequestsService,
    HeartbeatService,
    SweepService,
    OperationsSweeper,
    LedgerCheckRepository,
    LedgerSweeper,
    DispatchService,
    Dispatcher,
  ],
  exports: [OPERATION_CALLS, OperationsService, TIMING],
})
export class OperationsModule {}
