/** What OpenSSH calls its kinds of keys, with the certificates that Proxmox takes too. */
const KIND =
  /^(ssh-(ed25519|rsa|dss)|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)$/;

/**
 * Whether Proxmox takes a line for a public key: it lets OpenSSH read it, and refuses the whole request otherwise.
 * The data must begin with the kind's own name (RFC 4253, section 6.6).
 */
export function isPublicKey(line: string): boolean {
  const [kind = '', data = ''] = line.split(' ');
  if (/[\r\n\0]/.test(line) || !KIND.test(kind) || !/^[A-Za-z0-9+/]+={0,2}$/.test(data)) return false;
  const bytes = Uint8Array.from(atobSafe(data), (character) => character.charCodeAt(0));
  const name = new TextDecoder().decode(bytes.subarray(4, 4 + kind.length));
  return bytes.length > 4 + kind.length + 8 && bytes[3] === kind.length && name === kind;
}

function atobSafe(data: string): string {
  try {
    return atob(data);
  } catch {
    return '';
  }
}
