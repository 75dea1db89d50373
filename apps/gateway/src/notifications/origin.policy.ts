/** The headers by which a browser says whose page sent a form. */
export interface FormOrigin {
  readonly site: string | undefined;
  readonly origin: string | undefined;
}

/**
 * Whether a form may have come from our own page. The link's token is what nobody else has; this is a second wall. Because the page sends
 * no referrer, browsers say `Origin: null` for its form.
 */
export function isOwnForm({ site, origin }: FormOrigin, publicUrl: string | undefined): boolean {
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  if (origin === undefined || origin === 'null') return true;
  return publicUrl === undefined || origin === new URL(publicUrl).origin;
}
