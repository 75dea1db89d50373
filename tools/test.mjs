import { bootstrap, runTool } from './bootstrap.mjs';

bootstrap();
runTool('test', process.argv.slice(2));
