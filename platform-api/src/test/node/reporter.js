// Tells NodeClientsIT of each case as one line of JSON, as soon as it has ended.
export default async function* report(events) {
  const path = [];
  for await (const { type, data } of events) {
    if (type === 'test:start') {
      path.length = data.nesting;
      path.push(data.name);
    } else if ((type === 'test:pass' || type === 'test:fail') && isCase(type, data)) {
      const error = data.details?.error;
      yield `${JSON.stringify({
        name: [...path.slice(0, data.nesting), data.name].join(' › '),
        passed: type === 'test:pass',
        skipped: data.skip !== undefined || data.todo !== undefined,
        failure: error === undefined ? '' : described(error),
      })}\n`;
    }
  }
}

// What only holds other cases is none itself, unless it fails by itself.
function isCase(type, { details }) {
  return type === 'test:pass' ? details?.type !== 'suite' : details?.error?.failureType !== 'subtestsFailed';
}

function described(error) {
  const cause = error.cause ?? error;
  return cause instanceof Error ? `${cause.stack}` : `${cause}`;
}
