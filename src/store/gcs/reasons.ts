import type { Answer } from './answer.ts';

/** A cause that needs a remedy of its own. */
export type Cause =
  | 'retention'
  | 'hold'
  | 'billing'
  | 'requesterPays'
  | 'userProject'
  | 'key'
  | 'objectKey'
  | 'scopes'
  | 'permission'
  | 'apiDisabled'
  | 'perimeter'
  | 'orgPolicy'
  | 'https'
  | 'country'
  | 'rateLimit'
  | 'quota'
  | 'condition';

/**
 * The causes of the documented reasons, in lower case and without a prefix such as `usageLimits.`:
 * https://cloud.google.com/storage/docs/json_api/v1/status-codes,
 * https://cloud.google.com/storage/docs/xml-api/reference-status, and for the reasons with underscores
 * https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto
 */
const CAUSES: Readonly<Record<string, Cause>> = {
  retentionpolicynotmet: 'retention',
  objectunderactivehold: 'hold',
  accountdisabled: 'billing',
  accountproblem: 'billing',
  billingnotenabled: 'billing',
  billing_disabled: 'billing',
  userprojectmissing: 'requesterPays',
  authenticationrequiredrequesterpays: 'requesterPays',
  userprojectinvalid: 'userProject',
  userprojectinconsistent: 'userProject',
  userprojectaccessdenied: 'userProject',
  userprojectaccountproblem: 'userProject',
  user_project_denied: 'userProject',
  resourceisencryptedwithcustomerencryptionkey: 'objectKey',
  access_token_scope_insufficient: 'scopes',
  accessnotconfigured: 'apiDisabled',
  service_disabled: 'apiDisabled',
  security_policy_violated: 'perimeter',
  vpcservicecontrols: 'perimeter',
  orgpolicyconstraintfailed: 'orgPolicy',
  org_restriction_violation: 'orgPolicy',
  sslrequired: 'https',
  countryblocked: 'country',
  ratelimitexceeded: 'rateLimit',
  userratelimitexceeded: 'rateLimit',
  rate_limit_exceeded: 'rateLimit',
  slowdown: 'rateLimit',
  quotaexceeded: 'quota',
  dailylimitexceeded: 'quota',
  insufficientquota: 'quota',
  conditionnotmet: 'condition',
  preconditionfailed: 'condition',
};

/** The status of a rate limit (RFC 6585, section 4). */
const TOO_MANY_REQUESTS = 429;

/** These reasons, and no reason, mean a missing permission unless the message names another cause. */
const PERMISSION_REASONS = new Set([
  '',
  'forbidden',
  'insufficientpermissions',
  'accessdenied',
  'iam_permission_denied',
]);

/**
 * The causes that the server names only in its message. For example, an upload over an object under a hold may get the
 * reason `forbidden` instead of `objectUnderActiveHold`.
 */
const CAUSES_IN_MESSAGE: readonly (readonly [RegExp, Cause])[] = [
  [/under active .*\bhold\b/i, 'hold'],
  [/retention policy/i, 'retention'],
  [/requester pays|no user project/i, 'requesterPays'],
  [/billing account/i, 'billing'],
  [/\bKMS\b/, 'key'],
  [/VPC Service Controls|vpcServiceControls/i, 'perimeter'],
  [/organization policy|\bconstraints\/\w/i, 'orgPolicy'],
  [/\bscope(s|\(s\))?\b/i, 'scopes'],
];

/** Returns the cause of a failed request, or null if no cause is known that needs a remedy of its own. */
export function causeOf({ status, reason, message }: Answer): Cause | null {
  const name = reason?.toLowerCase().replace(/^.*\./, '') ?? '';
  const named = CAUSES[name];
  // The status asks for a retry, whatever a proxy or a quota of another service gives as the reason.
  if (status === TOO_MANY_REQUESTS) return named === 'quota' ? 'quota' : 'rateLimit';
  if (named !== undefined) return named;
  if (name.startsWith('cloudkms')) return 'key';
  if (status === null || status < 400 || status >= 500) return null;
  const [, found] = CAUSES_IN_MESSAGE.find(([pattern]) => pattern.test(message)) ?? [];
  if (found !== undefined) return found;
  return status === 403 && PERMISSION_REASONS.has(name) ? 'permission' : null;
}

/** True if the server asks for fewer requests, so the same request may succeed later. */
export function isRateLimit(answer: Answer): boolean {
  const cause = causeOf(answer);
  return cause === 'rateLimit' || cause === 'quota';
}
