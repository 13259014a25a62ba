import { defaultPayloadConverter, type PayloadConverter } from '@temporalio/common';

/**
 * Decodes what workflows receive. A payload that cannot be decoded becomes undefined, which the checks of inputs and
 * signals reject. With the SDK's own converter, such a payload would fail the workflow task for ever.
 */
export const payloadConverter: PayloadConverter = {
  toPayload: (value, context, hint) => defaultPayloadConverter.toPayload(value, context, hint),
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- The interface of the SDK has it.
  fromPayload<T>(...args: Parameters<PayloadConverter['fromPayload']>): T {
    try {
      return defaultPayloadConverter.fromPayload<T>(...(args as [never]));
    } catch {
      return undefined as T;
    }
  },
};
