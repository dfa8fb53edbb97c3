import type { Schema } from '../../shared/api'
import { useLoaded } from '../../shared/hooks'
import { dateTime, money } from '../../shared/words'
import { findOptions, type Found } from '../catalog'
import { Loading, Title, Trouble } from '../parts/basics'
import { SignedIn } from '../parts/sign_in'
import { usePages } from '../parts/use_pages'
import { paths } from '../routes'
import { person } from '../session'
import { t } from '../texts'

type Reservation = Schema['Reservation']
type Payment = Schema['Payment']

function Card(props: { reservation: Reservation; found: Found | undefined; payment: string | undefined }) {
  const { reservation, found, payment } = props
  const open = reservation.status === 'HELD' || reservation.status === 'PAYING'
  const to = open ? paths.checkout(reservation.reservationId) : payment && paths.ticket(payment)
  return (
    <li class="card ticket-card">
      <div>
        <h3>{found?.concert.title ?? ''}</h3>
        {found && <p>{dateTime(found.option.startsAt)}</p>}
        <p class="quiet">
          {t('seats')}: {reservation.seats.length} · {money(reservation.amount)}
        </p>
      </div>
      <p class={`badge ${reservation.status.toLowerCase()}`}>{t(`status${reservation.status}` as 'statusHELD')}</p>
      {to && (
        <a
          class={open ? 'button' : 'button quiet'}
          href={to}
          aria-label={`${open ? t('checkout') : t('seeTicket')}: ${found?.concert.title ?? ''}`}
        >
          {open ? t('checkout') : t('seeTicket')}
        </a>
      )}
    </li>
  )
}

function Mine() {
  const reservations = usePages<Reservation>('/api/v1/reservations', 'reservations')
  const payments = usePages<Payment>('/api/v1/payments', 'payments')
  const options = [...new Set(reservations.items?.map((each) => each.optionId))]
  const found = useLoaded(`options ${options.join()}`, (signal) => findOptions(options, signal))
  const paymentOf = (reservation: string) =>
    payments.items?.find((each) => each.reservationId === reservation && each.status !== 'FAILED')?.paymentId
  const groups: [Parameters<typeof t>[0], Reservation[]][] = [
    ['openHolds', reservations.items?.filter((each) => each.status === 'HELD' || each.status === 'PAYING') ?? []],
    ['upcoming', reservations.items?.filter((each) => each.status === 'CONFIRMED') ?? []],
    [
      'others',
      reservations.items?.filter((each) => ['EXPIRED', 'RELEASED', 'CANCELLED'].includes(each.status)) ?? [],
    ],
  ]
  return (
    <>
      <Title tab={t('myTickets')}>{t('myTickets')}</Title>
      <Trouble error={reservations.error ?? payments.error} again={reservations.again} />
      {!reservations.items && !reservations.error && <Loading />}
      {reservations.items?.length === 0 && (
        <>
          <p>{t('noTickets')}</p>
          <a class="button" href={paths.home}>
            {t('toConcerts')}
          </a>
        </>
      )}
      {groups.map(
        ([name, items]) =>
          items.length > 0 && (
            <section key={name}>
              <h2 class="section-title">{t(name)}</h2>
              <ul class="plain list">
                {items.map((each) => (
                  <Card
                    key={each.reservationId}
                    reservation={each}
                    found={found.value?.get(each.optionId)}
                    payment={each.status === 'CONFIRMED' ? paymentOf(each.reservationId) : undefined}
                  />
                ))}
              </ul>
            </section>
          ),
      )}
      {reservations.more && (
        <button type="button" class="button quiet" onClick={reservations.more}>
          {t('more')}
        </button>
      )}
    </>
  )
}

export function TicketsPage() {
  return (
    <SignedIn>
      <Mine key={person.value?.userId} />
    </SignedIn>
  )
}
