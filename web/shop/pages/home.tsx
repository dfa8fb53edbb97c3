import { useLoaded } from '../../shared/hooks'
import { money, shortDateTime } from '../../shared/words'
import { allConcerts, type Concert } from '../catalog'
import { Fill, Loading, Title, Trouble } from '../parts/basics'
import { paths } from '../routes'
import { t } from '../texts'

function Card({ concert }: { concert: Concert }) {
  const { dates } = concert
  const all = dates.reduce((sum, each) => sum + each.seatsTotal, 0)
  const free = dates.reduce((sum, each) => sum + (each.seatsAvailable ?? each.seatsTotal), 0)
  const first = dates[0]
  return (
    <li>
      <a class="card concert" href={paths.concert(concert.concertId)}>
        <h2>{concert.title}</h2>
        {first && (
          <p>
            {shortDateTime(first.startsAt)}
            <span class="quiet"> · {t('dates', { count: dates.length })}</span>
          </p>
        )}
        {all > 0 && (
          <>
            <Fill free={free} all={all} />
            <p class="spread">
              <span>{free > 0 ? t('seatsLeft', { count: free }) : t('soldOut')}</span>
              <span class="price">
                {t('from', { price: money(Math.min(...dates.map((each) => each.minPrice))) })}
              </span>
            </p>
          </>
        )}
      </a>
    </li>
  )
}

export function Home() {
  const concerts = useLoaded('concerts', allConcerts)
  return (
    <>
      <Title>{t('onSale')}</Title>
      <p class="lead">{t('homeLead')}</p>
      <Trouble error={concerts.error} again={concerts.again} />
      {!concerts.value && !concerts.error && <Loading />}
      {concerts.value?.length === 0 && <p>{t('noConcerts')}</p>}
      <ul class="cards">
        {concerts.value?.map((each) => (
          <Card key={each.concertId} concert={each} />
        ))}
      </ul>
    </>
  )
}
