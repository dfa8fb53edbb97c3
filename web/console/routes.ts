/** The paths of the console: http/pages.cpp serves the page at each of them. */
export const patterns = {
  overview: '/',
  concerts: '/concerts',
  concert: '/concerts/:concertId',
  actors: '/actors',
  actor: '/actors/:kind/:id',
  nodes: '/nodes',
  audit: '/audit',
} as const
export type PageName = keyof typeof patterns

export const actorPath = (kind: string, id: number, version?: number) =>
  `/actors/${kind}/${id}${version ? `?version=${version}` : ''}`
