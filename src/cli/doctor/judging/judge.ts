import type { DoctorOptions } from '../doctor-options.js';
import type { Facts, StreamFacts } from '../facts.js';
import type { Finding } from '../finding.js';
import { isEventStream } from '../is-event-stream.js';
import { isOtherOrigin } from '../is-other-origin.js';
import { judgeBuffering } from './judge-buffering.js';
import { judgeCaching } from './judge-caching.js';
import { judgeCompression } from './judge-compression.js';
import { judgeConnect } from './judge-connect.js';
import { judgeContentType } from './judge-content-type.js';
import { judgeCors, judgeRefusalCors } from './judge-cors.js';
import { judgeDns } from './judge-dns.js';
import { judgeEnd } from './judge-end.js';
import { judgeEvents } from './judge-events.js';
import { judgeHeaders } from './judge-headers.js';
import { judgeHeartbeats } from './judge-heartbeats.js';
import { judgeHttpVersion } from './judge-http-version.js';
import { judgeIds } from './judge-ids.js';
import { judgeResume } from './judge-resume.js';
import { judgeRetry } from './judge-retry.js';
import { judgeLostHop, judgeStatus } from './judge-status.js';
import { judgeTls } from './judge-tls.js';

/** All checks except `cors`, in order. */
const CHECKS = [
  'dns',
  'connect',
  'tls',
  'headers',
  'http-version',
  'status',
  'content-type',
  'caching',
  'compression',
  'events',
  'buffering',
  'end',
  'heartbeats',
  'ids',
  'resume',
  'retry',
] as const;

/** Turns the facts into findings, in order. Checks that weren't reached are `skipped`, with the reason. */
export function judge(facts: Facts, options: DoctorOptions): Finding[] {
  const findings = [...onTheWay(facts, options), ...ofTheStream(facts, options)];
  const seen = new Set(findings.map(({ check }) => check));
  const isTls = facts.finalUrl.startsWith('https:');
  const says = facts.isAborted ? 'The doctor was stopped before this check.' : whyNot(facts);
  const skipped = CHECKS.filter(check => !seen.has(check) && (check !== 'tls' || isTls));
  return [...findings, ...skipped.map((check): Finding => ({ check, verdict: 'skipped', says, facts: {} }))];
}

function whyNot({ answer }: Facts): string {
  return answer ? 'The response isn’t an event stream.' : 'No response arrived.';
}

/** The findings up to the response. If the user aborted a step, it's not a failure of the server. */
function onTheWay(facts: Facts, { isInsecure, method }: DoctorOptions): Finding[] {
  const { dns, tcp, tls } = facts.reach;
  const isBroken = (failure: { code: string } | undefined) => failure?.code === 'ABORTED';
  const isReached = tcp && !tcp.failure && (!tls || (!tls.failure && (tls.isTrusted || isInsecure)));
  const { answer, answerFailure, hops, lostHop } = facts;
  return [
    ...(isBroken(dns.failure) ? [] : [judgeDns(dns)]),
    ...(tcp && !isBroken(tcp.failure) ? [judgeConnect(tcp)] : []),
    ...(tls && !isBroken(tls.failure) ? [judgeTls(tls, isInsecure)] : []),
    ...(isReached && !lostHop && !isBroken(answerFailure)
      ? [judgeHeaders(answer, answerFailure, facts.isHeldByCompression)]
      : []),
    ...(answer ? [judgeHttpVersion(answer, tls), judgeStatus(answer, hops, method)] : []),
    ...(lostHop ? [judgeLostHop(lostHop, hops)] : []),
    ...(answer?.status === 200 ? [judgeContentType(answer.headers['content-type'])] : []),
  ];
}

function ofTheStream(facts: Facts, options: DoctorOptions): Finding[] {
  const { answer, stream } = facts;
  if (answer && !isEventStream(answer)) return isOtherOrigin(options) ? judgeRefusalCors(options, answer) : [];
  if (!answer || !stream) return [];
  const buffering = judgeBuffering({ answer, stream, roundTrip: facts.reach.tcp?.ms ?? 0 });
  const isBuffered = buffering.verdict === 'problem' || buffering.verdict === 'warning';
  return [
    judgeCaching(answer.headers),
    judgeCompression(answer, stream, isBuffered),
    judgeEvents(stream),
    buffering,
    judgeEnd(stream),
    judgeHeartbeats(stream),
    judgeIds(stream.events),
    ofResume(facts, stream, options),
    judgeRetry(stream.retries),
    ...ofCors(facts, stream, options),
  ];
}

function ofResume({ resume, isAborted }: Facts, stream: StreamFacts, { method }: DoctorOptions): Finding {
  if (resume && !isAborted) return judgeResume(resume);
  const says = whyNoResume(stream, method, isAborted);
  return { check: 'resume', verdict: 'skipped', says, facts: {} };
}

function whyNoResume({ events }: StreamFacts, method: string, isAborted: boolean): string {
  if (isAborted) return 'The doctor was stopped before this check.';
  if (method !== 'GET') return `A second ${method} could repeat the effect of the first one.`;
  if (events.length > 0 && events.every(({ id }) => id === ''))
    return 'Without ids, there is no position to resume from.';
  return 'Too few events arrived to tell. To watch longer: --for 60s.';
}

function ofCors(
  { answer, hops, preflight, resume }: Facts,
  { events }: StreamFacts,
  options: DoctorOptions,
): Finding[] {
  if (!answer || !isOtherOrigin(options) || !preflight || preflight.failure?.code === 'ABORTED') return [];
  return judgeCors({ ...options, answer, hops, preflight, events, resume });
}
