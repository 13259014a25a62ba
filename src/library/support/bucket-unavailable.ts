/** The bucket did not answer, or denied access. Pages and links still work. */
export class BucketUnavailable extends Error {
  override name = 'BucketUnavailable';
}
