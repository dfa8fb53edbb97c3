import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'

export interface Line {
  name: string
  color: string
  dash?: number[]
}

interface ChartProps {
  label: string
  lines: Line[]
  /** Seconds since 1970. */
  times: number[]
  values: (number | null)[][]
  height?: number
}

const standardHeight = 220
const widthMin = 200

function optionsOf(props: ChartProps, width: number, height: number): uPlot.Options {
  const grid = { stroke: '#e6eaee', width: 1 }
  return {
    width,
    height,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] } },
    axes: [
      { stroke: '#55606d', grid, ticks: grid, values: '{HH}:{mm}:{ss}', space: 90 },
      { stroke: '#55606d', grid, ticks: grid, size: 52 },
    ],
    series: [
      {},
      ...props.lines.map((each) => ({
        label: each.name,
        stroke: each.color,
        width: 2,
        ...(each.dash ? { dash: each.dash } : {}),
        points: { show: false },
      })),
    ],
  }
}

function Name({ line, values }: { line: Line; values: (number | null)[] }) {
  const last = values[values.length - 1]
  return (
    <span class="chart-name">
      <svg viewBox="0 0 20 8" aria-hidden="true">
        <line
          x1="0"
          x2="20"
          y1="4"
          y2="4"
          stroke={line.color}
          stroke-width="3"
          stroke-dasharray={line.dash?.join(' ') ?? 'none'}
        />
      </svg>
      {line.name}{' '}
      <b>{last === null || last === undefined ? '–' : last.toLocaleString('en-GB', { maximumFractionDigits: 1 })}</b>
    </span>
  )
}

/** Lines over time. The same figures stand beside it as text: a canvas tells nothing to a reader. */
export function Chart(props: ChartProps) {
  const frame = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot>()
  const data = [props.times, ...props.values] as uPlot.AlignedData
  useEffect(() => {
    const element = frame.current!
    const height = props.height ?? standardHeight
    const width = () => Math.max(widthMin, element.clientWidth)
    const made = new uPlot(optionsOf(props, width(), height), data, element)
    chart.current = made
    const watcher = new ResizeObserver(() => made.setSize({ width: width(), height }))
    watcher.observe(element)
    return () => {
      watcher.disconnect()
      made.destroy()
    }
  }, [])
  useEffect(() => chart.current?.setData(data), [props.times, props.values])
  return (
    <figure class="chart">
      <figcaption>
        <strong>{props.label}</strong>
        {props.lines.map((each, at) => (
          <Name key={each.name} line={each} values={props.values[at]!} />
        ))}
      </figcaption>
      <div ref={frame} aria-hidden="true" />
    </figure>
  )
}
