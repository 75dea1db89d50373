const NAMESPACE = 'http://schemas.microsoft.com/powershell/2004/04';

const escaped = (text: string): string =>
  text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/\r/g, '_x000D_')
    .replace(/\n/g, '_x000A_');

const document = (content: string): string =>
  `#< CLIXML\r\n<Objs Version="1.1.0.1" xmlns="${NAMESPACE}">${content}</Objs>`;

/** An error as `powershell.exe` writes it to stderr when that is no console. */
export const clixmlError = (text: string): string => document(`<S S="Error">${escaped(text)}_x000D__x000A_</S>`);

/** The progress record that modules leave on stderr when they are loaded for the first time. */
export const clixmlProgress = (): string =>
  document(
    '<Obj S="progress" RefId="0"><TN RefId="0"><T>System.Management.Automation.PSCustomObject</T><T>System.Object</T></TN><MS>' +
      '<I64 N="SourceId">1</I64><PR N="Record"><AV>Preparing modules for first use.</AV><AI>0</AI><Nil /><PI>-1</PI><PC>-1</PC>' +
      '<T>Completed</T><SR>-1</SR><SD> </SD></PR></MS></Obj>',
  );
