import { newKey, type Schema } from '../../shared/api'
import { useAction } from '../../shared/hooks'
import { figure, Title, Trouble } from '../parts/basics'
import { operate } from '../session'
import { lastAudit } from '../watch'

/** The journal's own names, as a person says them. */
const named: Record<string, string> = {
  events_readable: 'Every event can be read',
  versions_consecutive: 'No actor’s history has a gap',
  steps_in_order: 'Every step follows from the one before',
  one_owner_per_seat: 'No seat has two owners',
  seats_per_user: 'Nobody has more seats than allowed',
  confirmed_once: 'No reservation is confirmed twice',
  nothing_ends_early: 'No hold ended before its time',
  balances_conserved: 'Charges, debits, refunds and balances agree',
  debited_once: 'No payment was debited twice',
}
const words = (name: string) => named[name] ?? name.replace(/_/g, ' ')
const spaced = (name: string) => name.replace(/([A-Z])/g, (each) => ` ${each.toLowerCase()}`)

/** Reading every event takes its time. */
const auditPatienceMs = 5 * 60_000

export function AuditPage() {
  const run = useAction(async () => {
    lastAudit.value = await operate<Schema['Audit']>('/admin/v1/audit', { patienceMs: auditPatienceMs })
  }, newKey)
  const audit = lastAudit.value
  return (
    <>
      <Title>Audit</Title>
      <p class="lead">
        Adds up the whole journal anew: seats, money, admissions. It reads everything, beside the sale.
      </p>
      <div class="actions">
        <button type="button" class="button" aria-disabled={run.busy} onClick={() => void run.run()}>
          {run.busy ? 'Adding up…' : 'Run the audit'}
        </button>
      </div>
      <Trouble error={run.error} />
      <div role="status">
        {audit && (
          <p class={audit.clean ? 'notice good' : 'notice bad'}>
            {audit.clean ? 'Clean' : 'NOT CLEAN'}: {figure(audit.events)} events of {figure(audit.entities)} actors.
          </p>
        )}
      </div>
      {audit && (
        <section class="card wide">
          <table>
            <thead>
              <tr>
                <th scope="col">What must hold</th>
                <th scope="col">Does it?</th>
                <th scope="col">Figures</th>
              </tr>
            </thead>
            <tbody>
              {audit.checks.map((each) => (
                <tr key={each.name}>
                  <th scope="row">
                    {words(each.name)}
                    <small>{each.name}</small>
                  </th>
                  <td>
                    <span class={`badge ${each.ok ? 'good' : 'bad'}`}>
                      {each.ok ? 'yes' : `no: ${figure(each.violations)}`}
                    </span>
                    {!each.ok && each.firstViolation && <pre>{JSON.stringify(each.firstViolation, null, 1)}</pre>}
                  </td>
                  <td>
                    <dl class="pairs">
                      <div>
                        <dt>violations</dt>
                        <dd>{figure(each.violations)}</dd>
                      </div>
                      {Object.entries(each.figures).map(([name, value]) => (
                        <div key={name}>
                          <dt>{spaced(name)}</dt>
                          <dd>{figure(value)}</dd>
                        </div>
                      ))}
                    </dl>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </>
  )
}
