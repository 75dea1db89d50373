/** Languages in which the simulated server speaks. Numbers are the same in all of them. */
export type Locale = 'en' | 'de';

interface Text {
  readonly en: string;
  readonly de: string;
}

/** Words before the number of an error, in each language. */
export const ERROR_LABEL: Readonly<Record<Locale, string>> = { en: 'Error ID', de: 'Fehler-ID' };
export const DETAIL_LABEL: Readonly<Record<Locale, string>> = { en: 'Detailed Error', de: 'Detaillierter Fehler' };

/**
 * What the management server says, by error number. `{0}` and so on are values. Numbers and texts of 801, 1604, 1615, 1730, 2606, 2912,
 * 10638 and 12700 are as seen in the field; the others follow their neighbours and wait for a check against a real server.
 */
export const ERROR_TEXTS = {
  801: {
    en: 'VMM cannot find {0} object {1}.',
    de: 'Das {0}-Objekt {1} wurde von VMM nicht gefunden.',
  },
  1604: {
    en: 'You cannot access VMM management server {0}.',
    de: 'Sie können nicht auf den VMM-Verwaltungsserver {0} zugreifen.',
  },
  1615: {
    en: 'VMM is unable to perform this operation without a connection to a VMM management server.',
    de: 'Dieser Vorgang kann von VMM ohne Verbindung mit einem VMM-Verwaltungsserver nicht ausgeführt werden.',
  },
  1700: {
    en: 'The virtual machine name {0} contains a character that is not allowed.',
    de: 'Der Name {0} des virtuellen Computers enthält ein unzulässiges Zeichen.',
  },
  1707: {
    en: 'VMM cannot shut down virtual machine {0} because virtualization guest services are not running in it.',
    de: 'Der virtuelle Computer {0} kann nicht heruntergefahren werden, weil darin keine Gastdienste ausgeführt werden.',
  },
  1730: {
    en: 'The selected action could not be completed because the virtual machine {0} is not in a state in which the action is valid ({1}).',
    de: 'Die ausgewählte Aktion konnte nicht abgeschlossen werden, weil der virtuelle Computer {0} nicht in einem gültigen Zustand ist ({1}).',
  },
  2601: {
    en: 'Job {0} cannot be stopped because it is not running or cannot be canceled.',
    de: 'Der Auftrag {0} kann nicht beendet werden, weil er nicht ausgeführt wird oder nicht abbrechbar ist.',
  },
  2606: {
    en: 'Unable to perform the job because one or more of the selected objects are locked by another job.',
    de: 'Der Auftrag kann nicht ausgeführt werden, weil mindestens ein ausgewähltes Objekt durch einen anderen Auftrag gesperrt ist.',
  },
  2912: {
    en: 'An internal error has occurred trying to contact the {0} server.',
    de: 'Beim Versuch, den Server {0} zu kontaktieren, ist ein interner Fehler aufgetreten.',
  },
  2916: {
    en: 'VMM is unable to complete the request. The connection to the agent {0} was lost.',
    de: 'Die Anforderung kann von VMM nicht abgeschlossen werden. Die Verbindung mit dem Agent {0} ist verloren gegangen.',
  },
  10626: {
    en: 'There is not enough free disk space on {0} for virtual machine {1}.',
    de: 'Auf {0} ist nicht genügend Speicherplatz für den virtuellen Computer {1} frei.',
  },
  10638: {
    en: 'No host is suitable for virtual machine {0}: {1}.',
    de: 'Kein Host ist für den virtuellen Computer {0} geeignet: {1}.',
  },
  12700: {
    en: 'VMM cannot complete the host operation on the {0} server because of the error: {1}',
    de: 'Der Hostvorgang auf dem Server {0} kann von VMM nicht abgeschlossen werden. Fehler: {1}',
  },
  23008: {
    en: 'The VM {0} cannot be changed that way: {1}.',
    de: 'Der virtuelle Computer {0} kann so nicht geändert werden: {1}.',
  },
  25711: {
    en: 'The quota of {0} would be exceeded: {1}.',
    de: 'Das Kontingent von {0} würde überschritten: {1}.',
  },
} as const satisfies Readonly<Record<number, Text>>;

export type ErrorNumber = keyof typeof ERROR_TEXTS;

/** What to do about it: one sentence for all, as it is never read by a program. */
export const ADVICE: Text = {
  en: 'Ensure that the object is valid and available, and then try the operation again.',
  de: 'Stellen Sie sicher, dass das Objekt gültig und verfügbar ist, und wiederholen Sie den Vorgang.',
};

/** @returns the text with its values put in. */
export function textOf(number: ErrorNumber, values: readonly string[], locale: Locale): string {
  return ERROR_TEXTS[number][locale].replace(/\{(\d)\}/g, (_, index: string) => values[Number(index)] ?? '');
}
