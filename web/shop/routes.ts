/** The paths of the shop: http/pages.cpp serves the page at each of them. */
export const patterns = {
  home: '/',
  concert: '/concerts/:concertId',
  wait: '/concerts/:concertId/wait',
  hall: '/dates/:optionId',
  checkout: '/checkout/:reservationId',
  tickets: '/tickets',
  ticket: '/tickets/:paymentId',
  account: '/account',
} as const
export type PageName = keyof typeof patterns

export const paths = {
  home: '/',
  concert: (concert: number) => `/concerts/${concert}`,
  wait: (concert: number, option?: number) => `/concerts/${concert}/wait${option ? `?date=${option}` : ''}`,
  hall: (option: number) => `/dates/${option}`,
  checkout: (reservation: string) => `/checkout/${reservation}`,
  tickets: '/tickets',
  ticket: (payment: string) => `/tickets/${payment}`,
  account: '/account',
}
