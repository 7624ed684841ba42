/** Which model the person chose, kept across visits; `?model=` in the address wins for its visit. */
import { AppError } from '../../errors';
import { keyOfAddress } from '../../model/packages/address';
import { keptPackage } from '../../model/packages/storage';
import { forgetParameter, readSaved, save } from '../saved';

const usedKey = 'r2d2-web.model';
const nextKey = 'r2d2-web.next-model';

/** Addresses as `EngineOptions.modelUrl` takes them; null for the model that the app comes with. */
export interface ModelChoice {
  /** The model that is searched with. */
  readonly used: string | null;
  /** The model that the library is being indexed for, to be searched with from then on. */
  readonly next: string | null;
}

const noChoice: ModelChoice = { used: null, next: null };

/**
 * What was chosen at an earlier visit, as far as the browser still keeps it. Blocked storage reads as
 * no choice.
 *
 * @param onGone called with each model that the browser does not keep any more
 */
export async function savedModelChoice(onGone: (error: AppError) => void): Promise<ModelChoice> {
  const present = async (name: string): Promise<string | null> => {
    const address = readSaved(name);
    const key = address && keyOfAddress(address);
    if (!key || (await keptPackage(key))) return address;
    onGone(new AppError('model-gone', `The browser does not keep ${key} any more.`, { key }));
    return null;
  };
  try {
    return { used: await present(usedKey), next: await present(nextKey) };
  } catch (thrown) {
    onGone(AppError.from(thrown));
    return noChoice;
  }
}

export function saveModelChoice({ used, next }: ModelChoice): void {
  save(usedKey, used);
  save(nextKey, next);
  forgetParameter('model');
}
