import { useEffect, useState } from 'react';
import { FirstRequest } from './FirstRequest';
import { isReady } from './api';
import { texts } from './texts';

const READINESS_INTERVAL_MS = 5_000;

export function App() {
  const [ready, setReady] = useState<boolean | null>(null);

  useEffect(() => {
    const controller = new AbortController();
    const check = () =>
      isReady(controller.signal).then(setReady, () => {
        // Only an aborted check rejects, and then the page is gone.
      });
    void check();
    const timer = setInterval(check, READINESS_INTERVAL_MS);
    return () => {
      clearInterval(timer);
      controller.abort();
    };
  }, []);

  const state = ready === null ? texts.checking : ready ? texts.ready : texts.notReady;
  return (
    <main>
      <header>
        <h1>{texts.title}</h1>
        <p role="status" className={ready ? 'state ready' : 'state'}>
          {state}
        </p>
      </header>
      <p>{texts.subtitle}</p>
      <FirstRequest />
    </main>
  );
}
