/** A `powershell.exe` command line, as far as the simulator knows such. */
export interface PowerShellCommand {
  /** The script of `-EncodedCommand`; undefined when there is none. */
  readonly script: string | undefined;
  /** Whether errors on stderr are plain text rather than CLIXML. */
  readonly isTextOutput: boolean;
}

const PROGRAM = /^"?(?:[a-z]:\\(?:[^"\\]+\\)*)?powershell(?:\.exe)?"?$/i;
/** Switches that take a value. */
const WITH_VALUE = ['executionpolicy', 'inputformat', 'outputformat', 'encodedcommand', 'version', 'windowstyle'];

/** @returns undefined for any other program. */
export function readCommandLine(commandLine: string): PowerShellCommand | undefined {
  const [program = '', ...words] = commandLine.trim().split(/\s+/);
  if (!PROGRAM.test(program)) return undefined;
  const given = new Map<string, string>();
  for (let index = 0; index < words.length; index += 1) {
    const name = switchName(words[index] ?? '');
    if (name === undefined || !WITH_VALUE.includes(name)) continue;
    index += 1;
    given.set(name, (words[index] ?? '').replace(/^"|"$/g, ''));
  }
  const encoded = given.get('encodedcommand');
  return {
    script: encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf16le'),
    isTextOutput: given.get('outputformat')?.toLowerCase() === 'text',
  };
}

/** Switches may be abbreviated: `-enc` and `-e` are `-EncodedCommand`, as `-ex` is `-ExecutionPolicy`. */
function switchName(word: string): string | undefined {
  if (!word.startsWith('-') && !word.startsWith('/')) return undefined;
  const name = word.slice(1).toLowerCase();
  if (name === 'ec' || 'encodedcommand'.startsWith(name)) return 'encodedcommand';
  return WITH_VALUE.find((one) => one.startsWith(name)) ?? name;
}
