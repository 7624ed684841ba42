import { type ComponentType, type ReactNode, useEffect, useState } from 'react';

/** A component whose code is not part of the first paint. */
export interface Deferred<Props> {
  (props: Props): ReactNode;
  /** Fetches the code ahead of its use. */
  preload(): void;
}

/**
 * A component that fetches its own code when it is first mounted, and shows nothing until then. Once
 * fetched, or preloaded, it is there from its first frame, which `React.lazy` does not promise.
 */
export function deferred<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): Deferred<Props> {
  let Loaded: ComponentType<Props> | null = null;
  let loading: Promise<void> | null = null;

  async function fetchOnce(): Promise<void> {
    try {
      Loaded = await load();
    } catch (thrown) {
      // The next who needs it tries again.
      loading = null;
      throw thrown;
    }
  }

  function start(): Promise<void> {
    loading ??= fetchOnce();
    return loading;
  }

  // biome-ignore lint/correctness/noComponentHookFactories: called once a module, not while drawing
  function DeferredComponent(props: Props): ReactNode {
    const [, setLoaded] = useState(Loaded !== null);
    const [failure, setFailure] = useState<{ readonly thrown: unknown } | null>(null);
    useEffect(() => {
      if (Loaded) return;
      start().then(
        () => setLoaded(true),
        (thrown) => setFailure({ thrown }),
      );
    }, []);
    if (failure) throw failure.thrown;
    return Loaded && <Loaded {...props} />;
  }

  return Object.assign(DeferredComponent, {
    // What fails here is told when the component is needed.
    preload: () => void start().catch(() => undefined),
  });
}
