import { useState } from 'preact/hooks'
import { newKey, type Schema } from '../../shared/api'
import { Confirm } from '../../shared/confirm'
import { useAction, useLoaded } from '../../shared/hooks'
import { go } from '../../shared/route'
import { money, shortDateTime } from '../../shared/words'
import { Loading, Title, Trouble } from '../parts/basics'
import { SignedIn } from '../parts/sign_in'
import { usePages, type Pages } from '../parts/use_pages'
import { paths } from '../routes'
import { askAs, keepPerson, person } from '../session'
import { t } from '../texts'

type Entry = Schema['BalanceEntry']
type Payment = Schema['Payment']

const standardCharge = 300_000

type Cells = [when: string, what: string, amount: string, balance: string]

function Table<Item>(props: { title: string; empty: string; list: Pages<Item>; row: (item: Item) => Cells }) {
  const { items, more, error, again } = props.list
  return (
    <section class="card">
      <h2>{props.title}</h2>
      <Trouble error={error} again={again} />
      {!items && !error && <Loading />}
      {items?.length === 0 && <p class="quiet">{props.empty}</p>}
      {!!items?.length && (
        <table>
          <thead>
            <tr>
              <th scope="col">{t('when')}</th>
              <th scope="col">{t('what')}</th>
              <th scope="col" class="amount">
                {t('amount')}
              </th>
              <th scope="col" class="amount">
                {t('balance')}
              </th>
            </tr>
          </thead>
          <tbody>
            {items.map((each, at) => {
              const [when, what, amount, balance] = props.row(each)
              return (
                <tr key={at}>
                  <td>{when}</td>
                  <td>{what}</td>
                  <td class="amount">{amount}</td>
                  <td class="amount">{balance}</td>
                </tr>
              )
            })}
          </tbody>
        </table>
      )}
      {more && (
        <button type="button" class="button quiet" onClick={more}>
          {t('more')}
        </button>
      )}
    </section>
  )
}

/** What one has, and the form that charges more. `onCharged`: there is a new movement. */
function Wallet({ onCharged }: { onCharged: () => void }) {
  const balance = useLoaded('balance', (signal) => askAs<Schema['Balance']>('/api/v1/balance', { signal }))
  const [amount, setAmount] = useState(String(standardCharge))
  const [said, setSaid] = useState('')
  const charge = useAction(async (idempotencyKey) => {
    const asking = { method: 'POST', idempotencyKey, body: { amount: Number(amount) } } as const
    const { body } = await askAs<Schema['Charge']>('/api/v1/balance/charges', asking)
    setSaid(t('charged', { amount: money(body.amount) }))
    balance.again()
    onCharged()
  }, newKey)
  return (
    <section class="card wallet">
      <div>
        <h2>{t('balance')}</h2>
        <p class="position">{balance.value ? money(balance.value.body.balance) : '…'}</p>
        <Trouble error={balance.error} again={balance.again} />
      </div>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void charge.run()
        }}
      >
        <label>
          {t('chargeAmount')}
          <input
            required
            inputMode="numeric"
            pattern="[1-9][0-9]{0,11}"
            value={amount}
            onInput={(event) => setAmount(event.currentTarget.value)}
          />
        </label>
        <button class="button" aria-disabled={charge.busy}>
          {charge.busy ? t('charging') : t('chargeButton')}
        </button>
        <p role="status" class="quiet">
          {said}
        </p>
        <Trouble error={charge.error} />
      </form>
    </section>
  )
}

function SignOut() {
  const [asked, setAsked] = useState(false)
  return (
    <>
      <button type="button" class="link danger" onClick={() => setAsked(true)}>
        {t('signOut')}
      </button>
      {asked && (
        <Confirm
          text={t('signOutSure')}
          yes={t('yes')}
          no={t('no')}
          onNo={() => setAsked(false)}
          onYes={() => {
            keepPerson(null)
            go(paths.home)
          }}
        />
      )}
    </>
  )
}

const movement = (each: Entry): Cells => [
  shortDateTime(each.at),
  t(`type${each.type}` as 'typeCHARGE'),
  `${each.type === 'DEBIT' ? '−' : '+'}${money(each.amount)}`,
  money(each.balance),
]
const paid = (each: Payment): Cells => [
  each.paidAt ? shortDateTime(each.paidAt) : '–',
  `${each.paymentId} · ${t(`status${each.status}` as 'statusPENDING')}`,
  money(each.amount),
  each.balance === null || each.balance === undefined ? '–' : money(each.balance),
]

function Mine() {
  const history = usePages<Entry>('/api/v1/balance/history', 'entries')
  const payments = usePages<Payment>('/api/v1/payments', 'payments')
  return (
    <>
      <Title tab={t('account')}>{t('account')}</Title>
      <div class="spread">
        <span class="lead">{t('signedInAs', { name: person.value?.name ?? '' })}</span>
        <SignOut />
      </div>
      <Wallet onCharged={history.again} />
      <Table title={t('history')} empty={t('noHistory')} list={history} row={movement} />
      <Table title={t('payments')} empty={t('noPayments')} list={payments} row={paid} />
    </>
  )
}

export function AccountPage() {
  return (
    <SignedIn>
      <Mine key={person.value?.userId} />
    </SignedIn>
  )
}
