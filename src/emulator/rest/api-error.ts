import { RESTJSONErrorCodes } from 'discord-api-types/v10';

/**
 * An error response of Discord's REST API, which has an HTTP status, and a JSON body with Discord's own error code.
 * https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: number;
  /** What is wrong with each parameter; undefined unless the form body is invalid. */
  readonly errors: object | undefined;

  constructor(status: number, code: number, message: string, errors?: object) {
    super(message);
    this.status = status;
    this.code = code;
    this.errors = errors;
  }

  toBody(): object {
    return {
      message: this.message,
      code: this.code,
      ...(this.errors !== undefined && { errors: this.errors }),
    };
  }
}

export function unauthorized(): ApiError {
  return new ApiError(401, 0, '401: Unauthorized');
}

export function notFound(): ApiError {
  return new ApiError(404, 0, '404: Not Found');
}

export function unknownChannel(): ApiError {
  return new ApiError(404, RESTJSONErrorCodes.UnknownChannel, 'Unknown Channel');
}

export function unknownGuild(): ApiError {
  return new ApiError(404, RESTJSONErrorCodes.UnknownGuild, 'Unknown Guild');
}

export function unknownMember(): ApiError {
  return new ApiError(404, RESTJSONErrorCodes.UnknownMember, 'Unknown Member');
}

export function unknownMessage(): ApiError {
  return new ApiError(404, RESTJSONErrorCodes.UnknownMessage, 'Unknown Message');
}

export function unknownUser(): ApiError {
  return new ApiError(404, RESTJSONErrorCodes.UnknownUser, 'Unknown User');
}

export function missingAccess(): ApiError {
  return new ApiError(403, RESTJSONErrorCodes.MissingAccess, 'Missing Access');
}

export function missingPermissions(): ApiError {
  return new ApiError(403, RESTJSONErrorCodes.MissingPermissions, 'Missing Permissions');
}

/** @param field the invalid parameter; `code` and `message` say what is wrong with it */
export function invalidForm(field: string, code: string, message: string): ApiError {
  const errors = { [field]: { _errors: [{ code, message }] } };
  const invalid = RESTJSONErrorCodes.InvalidFormBodyOrContentType;
  return new ApiError(400, invalid, 'Invalid Form Body', errors);
}
