import { RESTJSONErrorCodes } from 'discord-api-types/v10';

/**
 * An error as Discord's REST answers with it: an HTTP status and a JSON body with a code of its
 * own.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: number;
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

export const unauthorized = () => new ApiError(401, 0, '401: Unauthorized');
export const notFound = () => new ApiError(404, 0, '404: Not Found');
export const unknownChannel = () =>
  new ApiError(404, RESTJSONErrorCodes.UnknownChannel, 'Unknown Channel');
export const unknownGuild = () =>
  new ApiError(404, RESTJSONErrorCodes.UnknownGuild, 'Unknown Guild');
export const unknownMember = () =>
  new ApiError(404, RESTJSONErrorCodes.UnknownMember, 'Unknown Member');
export const unknownMessage = () =>
  new ApiError(404, RESTJSONErrorCodes.UnknownMessage, 'Unknown Message');
export const unknownUser = () => new ApiError(404, RESTJSONErrorCodes.UnknownUser, 'Unknown User');
export const missingAccess = () =>
  new ApiError(403, RESTJSONErrorCodes.MissingAccess, 'Missing Access');
export const missingPermissions = () =>
  new ApiError(403, RESTJSONErrorCodes.MissingPermissions, 'Missing Permissions');

/** @param field the parameter that can't be used, and `message` why */
export function invalidForm(field: string, code: string, message: string): ApiError {
  const errors = { [field]: { _errors: [{ code, message }] } };
  const invalid = RESTJSONErrorCodes.InvalidFormBodyOrContentType;
  return new ApiError(400, invalid, 'Invalid Form Body', errors);
}
