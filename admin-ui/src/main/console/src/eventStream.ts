/**
 * Reassembles server-sent events from text that arrives in arbitrary pieces, as the HTML
 * standard's event stream format says: lines end in LF, CR or CRLF, an empty line ends an
 * event, and an event's data lines are joined by LF.
 */
export class EventStreamParser {
  private buffer = '';
  private data: string[] = [];
  private skipLineFeed = false;

  /** Takes the next piece and returns the data of every event that it completed. */
  push(piece: string): string[] {
    const completed: string[] = [];
    let text = piece;
    if (this.skipLineFeed && text.length > 0) {
      this.skipLineFeed = false;
      if (text.startsWith('\n')) {
        text = text.slice(1);
      }
    }
    this.buffer += text;
    for (let end = this.buffer.search(/[\r\n]/); end >= 0; end = this.buffer.search(/[\r\n]/)) {
      const line = this.buffer.slice(0, end);
      let next = end + 1;
      if (this.buffer[end] === '\r') {
        if (next === this.buffer.length) {
          this.skipLineFeed = true;
        } else if (this.buffer[next] === '\n') {
          next += 1;
        }
      }
      this.buffer = this.buffer.slice(next);
      this.line(line, completed);
    }
    return completed;
  }

  private line(line: string, completed: string[]): void {
    if (line === '') {
      if (this.data.length > 0) {
        completed.push(this.data.join('\n'));
        this.data = [];
      }
    } else if (line.startsWith('data:')) {
      this.data.push(line.slice(line[5] === ' ' ? 6 : 5));
    }
  }
}
