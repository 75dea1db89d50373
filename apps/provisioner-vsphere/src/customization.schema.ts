import { z } from 'zod';

/** A DNS name that may be put behind a host's own. */
const domainSchema = z
  .string()
  .max(253)
  .regex(
    /^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/,
    'must be a domain',
  );

const line = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}]*$/u, 'must be one line without control characters');

/** Highest of Microsoft's time zone indexes that Sysprep takes. */
const LAST_TIME_ZONE = 300;
const suffixes = z
  .array(domainSchema)
  .max(8)
  .optional()
  .describe('domains that the guest tries behind a bare host name');

/** Who tells the guest its name and addresses. */
export const CUSTOMIZATIONS = ['cloud-init', 'linux', 'windows', 'none'] as const;
export type CustomizationKind = (typeof CUSTOMIZATIONS)[number];

/** Keys of the customization `linux`. */
export const linuxSchema = z.strictObject({
  domain: domainSchema
    .optional()
    .describe("domain of the host; default that of the guest's host name, else localdomain"),
  timeZone: z
    .string()
    .regex(/^[A-Za-z0-9_+-]+(\/[A-Za-z0-9_+-]+){0,2}$/, 'must be a name such as Europe/Berlin')
    .optional()
    .describe('name in the tz database, such as Europe/Berlin; default that of the image'),
  hwClockUtc: z.boolean().optional().describe('whether the hardware clock runs in UTC; default as in the image'),
  dnsSuffixes: suffixes,
});

/** Keys of the customization `windows`. */
export const windowsSchema = z.strictObject({
  fullName: line(63).optional().describe('to whom Windows is registered; default Administrator'),
  orgName: line(63).optional().describe('organization to which Windows is registered; default the name of the VM'),
  timeZone: z
    .int()
    .min(0)
    .max(LAST_TIME_ZONE)
    .optional()
    .describe("index in Microsoft's table of time zones, such as 110 for Central Europe; default 85, Greenwich"),
  productId: z
    .string()
    .regex(/^[A-Z0-9]{5}(-[A-Z0-9]{5}){4}$/, 'must be five groups of five letters and digits')
    .optional()
    .describe('product key; not needed for an image with a volume licence'),
  workgroup: z
    .string()
    .regex(/^[^"/\\[\]:|<>+=;,?*\p{Cc}]{1,15}$/u, 'must be 1 to 15 characters without " / \\ [ ] : | < > + = ; , ? *')
    .optional()
    .describe('default WORKGROUP'),
  dnsSuffixes: suffixes,
});

export type LinuxKeys = z.output<typeof linuxSchema>;
export type WindowsKeys = z.output<typeof windowsSchema>;
