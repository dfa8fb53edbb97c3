import { encode } from 'uqr'
import { useState } from 'preact/hooks'
import { newKey, type Schema } from '../../shared/api'
import { Confirm } from '../../shared/confirm'
import { useAction, useLoaded } from '../../shared/hooks'
import { dateTime, money, shortDateTime } from '../../shared/words'
import { findOptions, type Found } from '../catalog'
import { Failed, Loading, Title, Trouble } from '../parts/basics'
import { seatNameOf } from '../parts/seat_names'
import { SignedIn } from '../parts/sign_in'
import { paths } from '../routes'
import { askAs } from '../session'
import { t } from '../texts'

type Payment = Schema['Payment']

/** As one path: a printer draws it as sharp as a screen. */
export function QrCode({ text }: { text: string }) {
  const { data, size } = encode(text, { ecc: 'M', border: 2 })
  let drawn = ''
  data.forEach((row, y) => row.forEach((dark, x) => dark && (drawn += `M${x} ${y}h1v1h-1z`)))
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={t('qrAlt')} shape-rendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={drawn} fill="#000" />
    </svg>
  )
}

async function load(payment: string, signal: AbortSignal) {
  const { body: paid } = await askAs<Payment>(`/api/v1/payments/${payment}`, { signal })
  const ticket =
    paid.status === 'COMPLETED'
      ? (await askAs<Schema['Ticket']>(`/api/v1/payments/${payment}/ticket`, { signal })).body
      : undefined
  const found = ticket && (await findOptions([ticket.optionId], signal)).get(ticket.optionId)
  return { paid, ticket, found }
}

function NoTicket({ paid }: { paid: Payment }) {
  return (
    <div class="narrow">
      <Title key={paid.status} tab={t('ticket')}>
        {t(`status${paid.status}` as 'statusCANCELLED')}
      </Title>
      {paid.status === 'CANCELLED' && <p class="lead">{t('cancelledLead', { amount: money(paid.amount) })}</p>}
      <a class="button" href={paths.tickets}>
        {t('myTickets')}
      </a>
    </div>
  )
}

function Facts({ paid, ticket }: { paid: Payment; ticket: Schema['Ticket'] }) {
  return (
    <dl class="sums">
      <div>
        <dt>{t('amount')}</dt>
        <dd>{money(ticket.amount)}</dd>
      </div>
      <div>
        <dt>{t('payment')}</dt>
        <dd>{paid.paymentId}</dd>
      </div>
      {paid.paidAt && (
        <div>
          <dt>{t('paidAt')}</dt>
          <dd>{shortDateTime(paid.paidAt)}</dd>
        </div>
      )}
    </dl>
  )
}

/** What is printed and shown at the door. */
function Paper({ paid, ticket, found }: { paid: Payment; ticket: Schema['Ticket']; found: Found | undefined }) {
  return (
    <article class="card ticket">
      <div class="ticket-text">
        <h2>{found?.concert.title}</h2>
        <p>
          <strong>{dateTime(ticket.startsAt)}</strong>
          <br />
          {found?.option.title}
        </p>
        <ul class="plain seat-list" aria-label={t('seats')}>
          {ticket.seatNumbers.map((each) => (
            <li key={each}>{seatNameOf(each)}</li>
          ))}
        </ul>
        <Facts paid={paid} ticket={ticket} />
      </div>
      <QrCode text={ticket.ticket} />
    </article>
  )
}

function Acts({ payment, amount, again }: { payment: string; amount: number; again: () => void }) {
  const [asked, setAsked] = useState(false)
  const cancel = useAction(async (idempotencyKey) => {
    await askAs<Payment>(`/api/v1/payments/${payment}/cancel`, { method: 'POST', idempotencyKey, patienceMs: 60_000 })
    again()
  }, newKey)
  return (
    <>
      <Trouble error={cancel.error} />
      <div class="actions no-print">
        <button type="button" class="button" onClick={() => print()}>
          {t('print')}
        </button>
        <button
          type="button"
          class="link danger"
          aria-disabled={cancel.busy}
          onClick={() => !cancel.busy && setAsked(true)}
        >
          {cancel.busy ? t('cancelling') : t('cancel')}
        </button>
      </div>
      {asked && (
        <Confirm
          text={t('cancelSure', { amount: money(amount) })}
          yes={t('yes')}
          no={t('no')}
          onNo={() => setAsked(false)}
          onYes={() => {
            setAsked(false)
            void cancel.run()
          }}
        />
      )}
    </>
  )
}

function Shown({ payment }: { payment: string }) {
  const loaded = useLoaded(`ticket ${payment}`, (signal) => load(payment, signal))
  if (!loaded.value) return loaded.error ? <Failed error={loaded.error} again={loaded.again} /> : <Loading />
  const { paid, ticket, found } = loaded.value
  if (!ticket) return <NoTicket paid={paid} />
  return (
    <div class="narrow">
      <Title tab={t('ticket')}>{t('ticket')}</Title>
      <Paper paid={paid} ticket={ticket} found={found} />
      <p class="quiet no-print">{t('ticketLead')}</p>
      <details class="no-print">
        <summary>{t('ticketText')}</summary>
        <code class="code" id="ticket-text">
          {ticket.ticket}
        </code>
      </details>
      <Acts payment={payment} amount={ticket.amount} again={loaded.again} />
    </div>
  )
}

export function TicketPage(props: { payment: string }) {
  return (
    <SignedIn>
      <Shown {...props} />
    </SignedIn>
  )
}
