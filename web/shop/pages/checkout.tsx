import { useEffect, useState } from 'preact/hooks'
import { ask, newKey, Refused, type Schema } from '../../shared/api'
import { Confirm } from '../../shared/confirm'
import { useAction, useLoaded, useRemaining } from '../../shared/hooks'
import { go } from '../../shared/route'
import { dateTime, minutes, money } from '../../shared/words'
import { findOptions, type Found } from '../catalog'
import { Failed, Loading, Title, Trouble } from '../parts/basics'
import { seatName } from '../parts/seat_names'
import { SignedIn } from '../parts/sign_in'
import { paths } from '../routes'
import { askAs, keepPlace, person, placeIn } from '../session'
import { t } from '../texts'

type Reservation = Schema['Reservation']
type Payment = Schema['Payment']

/** Paying goes on through a failover: a new owner has the seats within seconds. */
const payPatienceMs = 60_000
/** Then the page says that it is still working on it. */
const slowMs = 4_000
/** The clock turns red. */
const soonMs = 60_000

async function seatsOf(found: Found, reservation: Reservation): Promise<Schema['Seat'][]> {
  const { body } = await ask<Schema['SeatMap']>(`/api/v1/options/${reservation.optionId}/seats`, {
    token: person.value?.accessToken,
    queueToken: placeIn(found.concert.concertId),
  })
  return body.seats.filter((each) => reservation.seats.includes(each.seatId))
}

function Over({ reservation, found }: { reservation: Reservation; found: Found | undefined }) {
  const text = {
    EXPIRED: t('holdOver'),
    RELEASED: t('givenBack'),
    CANCELLED: t('cancelledHold'),
    CONFIRMED: t('alreadyPaid'),
  }[reservation.status as 'EXPIRED']
  return (
    <div class="narrow">
      <Title tab={t('checkout')}>{text}</Title>
      <div class="actions">
        {reservation.status === 'CONFIRMED' ? (
          <a class="button" href={paths.tickets}>
            {t('seeTicket')}
          </a>
        ) : (
          <a class="button" href={found ? paths.hall(reservation.optionId) : paths.home}>
            {t('chooseAgain')}
          </a>
        )}
      </div>
    </div>
  )
}

interface Held {
  reservation: Reservation
  found: Found | undefined
  /** Asks the server what has become of it. */
  again: () => void
}

function useBalance() {
  const [balance, setBalance] = useState<number>()
  const read = () =>
    askAs<Schema['Balance']>('/api/v1/balance')
      .then(({ body }) => setBalance(body.balance))
      .catch(() => undefined)
  useEffect(() => void read(), [])
  return { balance, setBalance, read }
}

/** What one can do with a hold: charge what is missing, pay, give it back. */
function useActs({ reservation, found, again }: Held) {
  const { reservationId, amount } = reservation
  const { balance, setBalance, read } = useBalance()
  const [slow, setSlow] = useState(false)

  const charge = useAction(async (idempotencyKey) => {
    const body = { amount: amount - (balance ?? 0) }
    const charged = await askAs<Schema['Charge']>('/api/v1/balance/charges', { method: 'POST', idempotencyKey, body })
    setBalance(charged.body.balance)
    setTimeout(() => document.getElementById('pay')?.focus())
  }, newKey)

  const pay = useAction(async (idempotencyKey) => {
    const timer = setTimeout(() => setSlow(true), slowMs)
    try {
      const asking = { method: 'POST', idempotencyKey, body: { reservationId }, patienceMs: payPatienceMs } as const
      const { body } = await askAs<Payment>('/api/v1/payments', asking)
      if (found) keepPlace(found.concert.concertId, undefined)
      go(paths.ticket(body.paymentId), 'replace')
    } catch (error) {
      if (error instanceof Refused && error.code === 'INSUFFICIENT_BALANCE') void read()
      if (error instanceof Refused && error.code === 'HOLD_EXPIRED') again()
      throw error
    } finally {
      clearTimeout(timer)
      setSlow(false)
    }
  }, newKey)

  const giveBack = useAction(async () => {
    await askAs(`/api/v1/reservations/${reservationId}`, {
      method: 'DELETE',
      queueToken: found && placeIn(found.concert.concertId),
    })
    go(found ? paths.hall(reservation.optionId) : paths.home)
  }, newKey)

  return { balance, slow, charge, pay, giveBack }
}

function HeldSeats({ reservation, found }: Held) {
  const seats = useLoaded(`seats ${reservation.reservationId} ${!!found}`, () =>
    found ? seatsOf(found, reservation) : Promise.resolve([]),
  )
  return (
    <>
      {found && (
        <p>
          <strong>{found.concert.title}</strong>
          <br />
          {dateTime(found.option.startsAt)}
        </p>
      )}
      <ul class="plain picked" aria-label={t('seats')}>
        {(seats.value ?? []).map((each) => (
          <li key={each.seatId}>
            <span>{seatName(each)}</span>
            <span class="price">{money(each.price)}</span>
          </li>
        ))}
      </ul>
    </>
  )
}

function Sums({ amount, balance }: { amount: number; balance: number | undefined }) {
  return (
    <dl class="sums">
      <div>
        <dt>{t('amount')}</dt>
        <dd>{money(amount)}</dd>
      </div>
      <div>
        <dt>{t('balance')}</dt>
        <dd>{balance === undefined ? '…' : money(balance)}</dd>
      </div>
      {balance !== undefined && balance >= amount && (
        <div>
          <dt>{t('after')}</dt>
          <dd>{money(balance - amount)}</dd>
        </div>
      )}
    </dl>
  )
}

/** One button at a time. They are two elements, so that a click meant for one never falls on the other. */
function ChargeOrPay({ reservation, acts }: { reservation: Reservation; acts: ReturnType<typeof useActs> }) {
  const { balance, charge, pay } = acts
  const missing = balance === undefined ? 0 : Math.max(0, reservation.amount - balance)
  const waiting = pay.busy || reservation.status === 'PAYING'
  return (
    <>
      <div aria-live="polite">
        {missing > 0 && <p class="notice">{t('short', { amount: money(missing) })}</p>}
        {acts.slow && <p class="notice">{t('payingLong')}</p>}
        <Trouble error={pay.error ?? charge.error ?? acts.giveBack.error} />
      </div>
      {missing > 0 ? (
        <button
          key="charge"
          type="button"
          id="charge"
          class="button big"
          aria-disabled={charge.busy}
          onClick={() => void charge.run()}
        >
          {charge.busy ? t('charging') : t('charge', { amount: money(missing) })}
        </button>
      ) : (
        <button
          key="pay"
          type="button"
          id="pay"
          class="button big"
          aria-disabled={pay.busy || balance === undefined}
          onClick={() => void pay.run()}
        >
          {waiting ? t('paying') : t('pay', { amount: money(reservation.amount) })}
        </button>
      )}
    </>
  )
}

function Pay(held: Held) {
  const { reservation, again } = held
  const [asked, setAsked] = useState(false)
  const acts = useActs(held)
  const left = useRemaining(Date.parse(reservation.expiresAt ?? ''))
  useEffect(() => {
    if (left === 0) again() // what does the server say?
  }, [left === 0])
  return (
    <div class="narrow">
      <Title tab={`${minutes(left)} · ${t('checkout')}`}>{t('heldFor')}</Title>
      <div class="card checkout">
        <p class={`clock${left < soonMs ? ' soon' : ''}`} role="timer">
          {minutes(left)}
        </p>
        <p class="quiet">{t('heldForLead')}</p>
        <HeldSeats {...held} />
        <Sums amount={reservation.amount} balance={acts.balance} />
        <ChargeOrPay reservation={reservation} acts={acts} />
        {!acts.pay.busy && (
          <button type="button" class="link danger" onClick={() => setAsked(true)}>
            {t('giveBack')}
          </button>
        )}
      </div>
      {asked && (
        <Confirm
          text={`${t('giveBack')}?`}
          yes={t('yes')}
          no={t('no')}
          onNo={() => setAsked(false)}
          onYes={() => {
            setAsked(false)
            void acts.giveBack.run()
          }}
        />
      )}
    </div>
  )
}

function Checkout({ reservation: id }: { reservation: string }) {
  const loaded = useLoaded(`reservation ${id}`, async (signal) => {
    const { body } = await askAs<Reservation>(`/api/v1/reservations/${id}`, { signal })
    const found = (await findOptions([body.optionId], signal)).get(body.optionId)
    return { reservation: body, found }
  })
  const status = loaded.value?.reservation.status
  useEffect(() => {
    if (status !== 'PAYING') return
    const timer = setInterval(loaded.again, 1_000)
    return () => clearInterval(timer)
  }, [status])
  if (!loaded.value) return loaded.error ? <Failed error={loaded.error} again={loaded.again} /> : <Loading />
  const { reservation, found } = loaded.value
  if (reservation.status === 'HELD' || reservation.status === 'PAYING')
    return <Pay reservation={reservation} again={loaded.again} found={found} />
  return <Over reservation={reservation} found={found} />
}

export function CheckoutPage(props: { reservation: string }) {
  return (
    <SignedIn>
      <Checkout {...props} />
    </SignedIn>
  )
}
