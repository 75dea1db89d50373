import { Module } from '@nestjs/common';
import { SCAN_READER } from '../directory/scan.ports';
import { OperationsModule } from '../operations/operations.module';
import { AbsenceService } from './absence.service';
import { FindingsRepository } from './findings.repository';
import { NoticesConsumer } from './notices.consumer';
import { NoticesRepository } from './notices.repository';
import { NoticesService } from './notices.service';
import { ReconcileBell } from './reconcile-bell';
import { ReconcileService } from './reconcile.service';
import { ReconcileSweeper } from './reconcile.sweeper';
import { ScanReadingService } from './scan-reading.service';
import { SightingsRepository } from './sightings.repository';

/** What is decided from scans: who is there, who is not, and who was changed by hand. Stands on OperationsModule. */
@Module({
  imports: [OperationsModule],
  controllers: [NoticesConsumer],
  providers: [
    { provide: SCAN_READER, useExisting: ScanReadingService },
    ReconcileBell,
    ScanReadingService,
    AbsenceService,
    ReconcileService,
    ReconcileSweeper,
    SightingsRepository,
    FindingsRepository,
    NoticesService,
    NoticesRepository,
  ],
  exports: [SCAN_READER],
})
export class ReconcileModule {}
