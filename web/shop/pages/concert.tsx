import { ask, type Schema } from '../../shared/api'
import { useLoaded } from '../../shared/hooks'
import { dateTime, money } from '../../shared/words'
import { Failed, Fill, Loading, Title } from '../parts/basics'
import { paths } from '../routes'
import { placeIn } from '../session'
import { t } from '../texts'

export function ConcertPage({ concert }: { concert: number }) {
  const loaded = useLoaded(`concert ${concert}`, (signal) =>
    ask<Schema['Concert']>(`/api/v1/concerts/${concert}`, { signal }),
  )
  const body = loaded.value?.body
  if (!body) return loaded.error ? <Failed error={loaded.error} again={loaded.again} /> : <Loading />
  const inLine = placeIn(concert) !== undefined
  return (
    <>
      <Title tab={body.title}>{body.title}</Title>
      <h2 class="section-title">{t('chooseDate')}</h2>
      <ul class="dates">
        {body.dates.map((each) => {
          const free = each.seatsAvailable ?? each.seatsTotal
          return (
            <li key={each.optionId} class="card date">
              <div>
                <h3>{dateTime(each.startsAt)}</h3>
                <p class="quiet">{each.title}</p>
              </div>
              <div class="date-seats">
                <Fill free={free} all={each.seatsTotal} />
                <p class="spread">
                  <span>{free > 0 ? t('seatsLeft', { count: free }) : t('soldOut')}</span>
                  <span class="price">
                    {each.minPrice === each.maxPrice
                      ? money(each.minPrice)
                      : t('priceRange', { min: money(each.minPrice), max: money(each.maxPrice) })}
                  </span>
                </p>
              </div>
              <a
                class="button"
                href={paths.wait(concert, each.optionId)}
                aria-label={`${inLine ? t('backToLine') : t('joinLine')}: ${each.title}`}
              >
                {inLine ? t('backToLine') : t('joinLine')}
              </a>
            </li>
          )
        })}
      </ul>
    </>
  )
}
