import { type FormEvent, useRef, useState } from 'react';
import { type Answer, ApiError, type ModelEntry, type RequestCost, listModels, requestCost, streamChat } from './api';
import { texts } from './texts';

function messageOf(failure: unknown): string {
  return failure instanceof ApiError ? failure.message : texts.unreachable;
}

function curlFor(model: string): string {
  return [
    `curl ${window.location.origin}/v1/chat/completions \\`,
    '  -H "Authorization: Bearer $EXCHEQUER_KEY" \\',
    '  -H "Content-Type: application/json" \\',
    `  -d '{"model": "${model}", "messages": [{"role": "user", "content": "Hello"}]}'`,
  ].join('\n');
}

export function FirstRequest() {
  const [key, setKey] = useState('');
  const [models, setModels] = useState<ModelEntry[] | null>(null);
  const [model, setModel] = useState('');
  const [prompt, setPrompt] = useState<string>(texts.promptDefault);
  const [text, setText] = useState('');
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [cost, setCost] = useState<RequestCost | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const running = useRef<AbortController | null>(null);
  const [busy, setBusy] = useState(false);

  async function load(event: FormEvent) {
    event.preventDefault();
    setProblem(null);
    try {
      const found = await listModels(key);
      setModels(found);
      setModel(found[0]?.id ?? '');
    } catch (failure) {
      setModels(null);
      setProblem(messageOf(failure));
    }
  }

  async function send(event: FormEvent) {
    event.preventDefault();
    const controller = new AbortController();
    running.current = controller;
    setBusy(true);
    setText('');
    setAnswer(null);
    setCost(null);
    setProblem(null);
    try {
      const served = await streamChat(key, model, prompt, controller.signal, (more) => setText((old) => old + more));
      setAnswer(served);
      setCost(await requestCost(key, served.requestId));
    } catch (failure) {
      if (!controller.signal.aborted) {
        setProblem(messageOf(failure));
      }
    } finally {
      running.current = null;
      setBusy(false);
    }
  }

  const simulated = models?.find((entry) => entry.id === model)?.simulator === true;
  return (
    <section aria-labelledby="try">
      <h2 id="try">{texts.tryTitle}</h2>
      <form onSubmit={load}>
        <label htmlFor="key">{texts.keyLabel}</label>
        <input
          id="key"
          type="password"
          autoComplete="off"
          required
          value={key}
          onChange={(event) => setKey(event.target.value)}
          aria-describedby="key-hint"
        />
        <small id="key-hint">{texts.keyHint}</small>
        <button type="submit">{texts.loadModels}</button>
      </form>
      {models !== null && models.length === 0 && <p>{texts.noModels}</p>}
      {models !== null && models.length > 0 && (
        <form onSubmit={send}>
          <label htmlFor="model">{texts.modelLabel}</label>
          <select id="model" value={model} onChange={(event) => setModel(event.target.value)}>
            {models.map((entry) => (
              <option key={entry.id} value={entry.id}>
                {entry.simulator ? `${entry.id} (${texts.simulator})` : entry.id}
              </option>
            ))}
          </select>
          {simulated && <p className="notice">{texts.simulatorNotice}</p>}
          <label htmlFor="prompt">{texts.promptLabel}</label>
          <textarea
            id="prompt"
            required
            rows={3}
            value={prompt}
            onChange={(event) => setPrompt(event.target.value)}
          />
          {busy ? (
            <button type="button" onClick={() => running.current?.abort()}>
              {texts.stop}
            </button>
          ) : (
            <button type="submit">{texts.send}</button>
          )}
        </form>
      )}
      {problem !== null && (
        <p role="alert" className="problem">
          {problem}
        </p>
      )}
      {text !== '' && (
        <article aria-label={texts.answer} aria-busy={busy}>
          <p className="answer">{text}</p>
          {answer !== null && (
            <footer>
              <span>{texts.servedBy(answer.deployment, answer.attempts)}</span>
              {cost !== null && <span>{texts.cost(cost.total, cost.currency)}</span>}
              <span>{texts.requestId(answer.requestId)}</span>
            </footer>
          )}
        </article>
      )}
      {model !== '' && (
        <>
          <h3>{texts.curlTitle}</h3>
          <pre tabIndex={0}>{curlFor(model)}</pre>
        </>
      )}
    </section>
  );
}
