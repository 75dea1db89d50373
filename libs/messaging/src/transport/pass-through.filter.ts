import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { throwError, type Observable } from 'rxjs';

/**
 * Hands a handler's error to the transport as it is; without it Nest turns every error into "Internal server error" and nobody can tell
 * a broken message from a broken database. `app.connectMicroservice(…).useGlobalFilters(new PassThroughFilter())`, or provided as `APP_FILTER`
 * in an app that speaks messages only.
 */
@Catch()
export class PassThroughFilter implements ExceptionFilter {
  catch(error: unknown, _host: ArgumentsHost): Observable<never> {
    return throwError(() => error);
  }
}
