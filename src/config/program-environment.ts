/** Matches the variables that ffmpeg and other programs need. None of these variables contains a token or a key. */
const PASSED_ON =
  /^(PATH|HOME|TMPDIR|TZ|LANG|LC_\w+|LD_LIBRARY_PATH|FONTCONFIG_\w+|SSL_CERT_\w+|NODE_EXTRA_CA_CERTS)$/;

/** Returns the environment, without secrets, for a program that reads untrusted bytes. */
export function programEnvironment(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string> {
  const passedOn: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && PASSED_ON.test(name)) passedOn[name] = value;
  }
  return passedOn;
}
