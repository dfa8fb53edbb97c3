import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'

export interface Line {
  name: string
  color: string
  dash?: number[]
}

/** Lines over time. The same figures stand beside it as text: a canvas tells nothing to a reader. */
export function Chart(props: { label: string; lines: Line[]; times: number[]; values: (number | null)[][]; height?: number }) {
  const frame = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot>()
  useEffect(() => {
    const element = frame.current!
    const height = props.height ?? 220
    const grid = { stroke: '#e6eaee', width: 1 }
    const made = new uPlot(
      {
        width: Math.max(200, element.clientWidth),
        height,
        legend: { show: false },
        cursor: { show: false },
        scales: { y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] } },
        axes: [
          { stroke: '#55606d', grid, ticks: grid, values: '{HH}:{mm}:{ss}', space: 90 },
          { stroke: '#55606d', grid, ticks: grid, size: 52 },
        ],
        series: [{}, ...props.lines.map((each) => ({ label: each.name, stroke: each.color, width: 2, ...(each.dash ? { dash: each.dash } : {}), points: { show: false } }))],
      },
      [props.times, ...props.values] as uPlot.AlignedData,
      element,
    )
    chart.current = made
    const watcher = new ResizeObserver(() => made.setSize({ width: Math.max(200, element.clientWidth), height }))
    watcher.observe(element)
    return () => {
      watcher.disconnect()
      made.destroy()
    }
  }, [])
  useEffect(() => chart.current?.setData([props.times, ...props.values] as uPlot.AlignedData), [props.times, props.values])
  return (
    <figure class="chart">
      <figcaption>
        <strong>{props.label}</strong>
        {props.lines.map((each, at) => {
          const last = props.values[at]![props.values[at]!.length - 1]
          return (
            <span key={each.name} class="chart-name">
              <svg viewBox="0 0 20 8" aria-hidden="true">
                <line x1="0" x2="20" y1="4" y2="4" stroke={each.color} stroke-width="3" stroke-dasharray={each.dash?.join(' ') ?? 'none'} />
              </svg>
              {each.name} <b>{last === null || last === undefined ? '–' : last.toLocaleString('en-GB', { maximumFractionDigits: 1 })}</b>
            </span>
          )
        })}
      </figcaption>
      <div ref={frame} aria-hidden="true" />
    </figure>
  )
}
