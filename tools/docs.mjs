// npm run docs: writes what is generated from the contracts (OpenAPI document, typed client).
import { bootstrap, runTool } from './bootstrap.mjs';

bootstrap();
runTool('openapi', process.argv.slice(2));
