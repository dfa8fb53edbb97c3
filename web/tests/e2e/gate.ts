import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** What stands before the fronts of a real installation: one address, and whichever front answers behind it. */
export interface Gate {
  url: string
  /** Where requests went, newest last. */
  went: string[]
  /** Requests whose path is one of these are answered with 503. */
  refused: Set<string>
  /** Every request is cut off, and so is every stream that is open. */
  shut: (is: boolean) => void
}

/** Asks the first of `fronts` that takes the connection. Ends with the test. */
export async function openGate(fronts: string[]): Promise<Gate> {
  const went: string[] = []
  const refused = new Set<string>()
  const open = new Set<ServerResponse>()
  let closed = false
  const pass = (asked: IncomingMessage, answer: ServerResponse, body: Buffer, [front, ...others]: string[]): void => {
    if (!front) return void answer.destroy()
    const { hostname, port } = new URL(front)
    const { method, url: path, headers } = asked
    const on = request({ hostname, port, method, path, headers, agent: false }, (told) => {
      went.push(front)
      answer.writeHead(told.statusCode!, told.headers)
      told.pipe(answer)
      told.on('error', () => answer.destroy())
    })
    on.on('error', () => (answer.headersSent ? answer.destroy() : pass(asked, answer, body, others)))
    answer.on('close', () => on.destroy())
    on.end(body)
  }
  const server = createServer((asked, answer) => {
    if (closed) return void answer.destroy()
    if (refused.has(asked.url!.split('?')[0]!)) return void answer.writeHead(503).end()
    open.add(answer)
    answer.on('close', () => open.delete(answer))
    const parts: Buffer[] = []
    asked.on('data', (part: Buffer) => parts.push(part))
    asked.on('end', () => pass(asked, answer, Buffer.concat(parts), fronts))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const shut = (is: boolean) => {
    closed = is
    if (is) for (const each of open) each.destroy()
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, went, refused, shut }
}
