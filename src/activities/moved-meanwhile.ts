import { HomeostatError } from '../domain/failure.ts';

/**
 * For what is written only while desired stands as it was read: that it moved is a `STORE_CONFLICT`, and the activity's next
 * attempt reads anew. Throws all else as it is.
 */
export async function retryIfMoved<Result>(written: Promise<Result>): Promise<Result> {
  try {
    return await written;
  } catch (error) {
    if (!(error instanceof HomeostatError) || error.code !== 'STALE_REVISION') throw error;
    throw new HomeostatError('STORE_CONFLICT', {
      path: error.path,
      problem: 'what is desired changed while it was looked at',
      remedy: 'try again',
      cause: error,
    });
  }
}
