import type { Failure, TlsFacts } from '../facts.js';
import type { Finding } from '../finding.js';
import { shownFailure, shownTime } from './words.js';

const TRUST =
  'Install a certificate that browsers trust (Let’s Encrypt), or trust this one: NODE_EXTRA_CA_CERTS, --insecure.';

/** Why a certificate isn't trusted, by the code of OpenSSL or Node. */
const DISTRUST: Readonly<Record<string, readonly [says: string, cure: string]>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: ['The certificate is self-signed.', TRUST],
  SELF_SIGNED_CERT_IN_CHAIN: ['The certificate was issued by an unknown authority.', TRUST],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['The certificate was issued by an unknown authority.', TRUST],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    'The server doesn’t send the certificate of its issuer, or the issuer is unknown.',
    'Have the server send the whole chain (nginx: ssl_certificate with fullchain.pem).',
  ],
  CERT_HAS_EXPIRED: ['The certificate has expired.', 'Renew the certificate, and have the server load it.'],
  CERT_NOT_YET_VALID: ['The certificate isn’t valid yet.', 'Set the clock of this machine, or wait.'],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'The certificate is for another name.',
    'Use a name of the certificate, or add this name to it (subjectAltName).',
  ],
};

/** Checks whether the handshake succeeds and the certificate is trusted. */
export function judgeTls(facts: TlsFacts, isInsecure: boolean): Finding {
  const { ms, protocol = 'TLS', alpn, isTrusted, distrust = '', validTo, failure } = facts;
  const check = 'tls';
  if (failure) return { check, verdict: 'problem', ...wordsFor(failure), facts: { ...facts } };

  const [why, cure] = DISTRUST[distrust] ?? [`The certificate isn’t trusted: ${distrust}.`, TRUST];
  const until = distrust === 'CERT_HAS_EXPIRED' && validTo !== undefined ? ` It was valid until ${validTo}.` : '';
  if (!isTrusted && !isInsecure) {
    return { check, verdict: 'problem', says: `${why}${until}`, cure, facts: { ...facts } };
  }
  const says = `${protocol}, in ${shownTime(ms)}; the server chose ${alpn ?? 'no protocol by ALPN'}.`;
  if (isTrusted) return { check, verdict: 'ok', says, facts: { ...facts } };
  return { check, verdict: 'note', says: `${says} ${why} This is ignored (--insecure).`, facts: { ...facts } };
}

function wordsFor(failure: Failure): Pick<Finding, 'says' | 'cure'> {
  if (failure.code === 'ERR_SSL_WRONG_VERSION_NUMBER' || failure.code === 'EPROTO') {
    return { says: 'The server doesn’t speak TLS on that port.', cure: 'Use http://, or the port for https.' };
  }
  return {
    says: `The handshake failed: ${shownFailure(failure)}`,
    cure: 'Check the protocols and ciphers of the server, and the proxies in front of it.',
  };
}
