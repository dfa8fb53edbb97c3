/// The report as one HTML page.
#include "bench/contest/growth_charts.hpp"
#include "bench/contest/report.hpp"
#include "bench/contest/svg.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace frontrow::bench {

namespace {

constexpr double width = 760;
/// Colours that are told apart by people who see red and green alike (Okabe and Ito).
constexpr const char* colours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9",
                                   "#7f7f7f", "#8c564b", "#bcbd22", "#17becf", "#000000", "#9467bd"};

using colour_of = std::map<std::string, const char*>;
using standings_ref = std::vector<const standing*>;

/// A bar for each system, with the range of its rounds.
std::string throughput(const standings_ref& systems, const colour_of& colour) {
  constexpr double left = 190, right = 90, bar = 18, gap = 8;
  double most = 1;
  for (const auto* each : systems)
    most = std::max(most, each->a_second_most);
  const auto x = [&](double value) { return left + value / most * (width - left - right); };
  std::string inside;
  double y = gap;
  for (const auto* each : systems) {
    inside += text_at(left - 8, y + bar - 4, each->system, " text-anchor=\"end\"");
    inside += "<rect x=\"" + number(left) + "\" y=\"" + number(y) + "\" width=\"" +
              number(x(each->a_second) - left) + "\" height=\"" + number(bar) + "\" fill=\"" +
              colour.at(each->system) + "\"/>";
    inside += line_at(x(each->a_second_least), y + bar / 2, x(each->a_second_most), y + bar / 2, "range");
    inside += text_at(x(each->a_second_most) + 6, y + bar - 4,
                      each->wrong.empty() ? short_number(each->a_second) : "wrong");
    y += bar + gap;
  }
  return svg(width, y, "throughput", inside);
}

/// Lines over an x axis, on a y axis from `low` to `high`, logarithmic or not.
struct plot {
  double low, high;
  bool logarithmic;
  static constexpr double left = 70, right = 10, top = 10, bottom = 28, height = 230;

  double y(double value) const {
    const auto share = logarithmic ? std::log(std::max(value, low) / low) / std::log(high / low)
                                   : (value - low) / (high - low);
    return height - bottom - std::clamp(share, 0.0, 1.0) * (height - top - bottom);
  }
  static double x(double share) { return left + share * (width - left - right); }

  std::string axis(const std::string& unit) const {
    std::string made = line_at(left, height - bottom, width - right, height - bottom, "axis");
    if (logarithmic) {
      for (double at = std::pow(10, std::ceil(std::log10(low) - 1e-9)); at <= high * 1.001; at *= 10)
        made += tick(at, unit);
    } else {
      for (int nth = 0; nth <= 4; ++nth)
        made += tick(low + (high - low) * nth / 4, unit);
    }
    return made;
  }

private:
  std::string tick(double at, const std::string& unit) const {
    return line_at(left, y(at), width - right, y(at), "grid") +
           text_at(left - 6, y(at) + 4, short_number(at) + unit, " text-anchor=\"end\"");
  }
};

std::string legend(const standings_ref& systems, const colour_of& colour) {
  std::string made = "<p class=\"legend\">";
  for (const auto* each : systems)
    made += "<span><i style=\"background:" + std::string(colour.at(each->system)) + "\"></i>" +
            escaped(each->system) + "</span> ";
  return made + "</p>\n";
}

std::string latency(const standings_ref& systems, const colour_of& colour) {
  double least = 1e9, most = 0;
  for (const auto* each : systems)
    for (const auto& [share, value] : each->percentile_ms)
      if (value > 0) {
        least = std::min(least, value);
        most = std::max(most, value);
      }
  if (most <= 0)
    return "";
  const plot of{std::pow(10, std::floor(std::log10(least))), std::pow(10, std::ceil(std::log10(most) + 1e-9)),
                true};
  std::string inside = of.axis(" ms");
  const auto count = std::size(percentile_names);
  const auto place = [&](std::size_t nth) {
    return plot::x(static_cast<double>(nth) / static_cast<double>(count - 1));
  };
  for (std::size_t nth = 0; nth < count; ++nth)
    inside += text_at(place(nth), plot::height - 10, std::string(percentile_names[nth]) + " %",
                      nth + 1 == count ? " text-anchor=\"end\"" : " text-anchor=\"middle\"");
  for (const auto* each : systems) {
    points line;
    for (std::size_t nth = 0; nth < count; ++nth)
      if (const auto value = each->percentile(percentile_names[nth]); value > 0)
        line.emplace_back(place(nth), of.y(value));
    inside += polyline(line, colour.at(each->system));
  }
  return "<h3>Latency: so many percent took no longer</h3>\n" +
         svg(width, plot::height, "latency by percentile", inside);
}

/// The last right round of each.
std::string timeline(const report& what, const standings_ref& systems, const colour_of& colour) {
  std::map<std::string, const figures*> last;
  std::size_t slots = 0;
  std::uint32_t most = 0;
  for (const auto& each : what.runs)
    if (each.scenario == systems.front()->scenario && each.wrong.empty() && each.timeline.size() > 1) {
      last[each.system] = &each;
      slots = std::max(slots, each.timeline.size());
      most = std::max(most, *std::max_element(each.timeline.begin(), each.timeline.end()));
    }
  if (slots < 2 || most == 0)
    return "";
  const plot of{0, most * 10.0, false};
  std::string inside = of.axis("/s");
  for (std::size_t nth = 0; nth <= 5; ++nth) {
    const auto at = static_cast<double>(nth) / 5;
    inside += text_at(plot::x(at), plot::height - 10, number(at * static_cast<double>(slots) / 10) + " s",
                      nth == 5 ? " text-anchor=\"end\"" : " text-anchor=\"middle\"");
  }
  for (const auto& [system, run] : last) {
    points line;
    for (std::size_t nth = 0; nth < run->timeline.size(); ++nth)
      line.emplace_back(plot::x((static_cast<double>(nth) + 0.5) / static_cast<double>(slots)),
                        of.y(run->timeline[nth] * 10.0));
    inside += polyline(line, colour.at(system));
  }
  return "<h3>Over time, the last round, in tenths of a second</h3>\n" +
         svg(width, plot::height, "timeline", inside);
}

std::string cell_of(const std::string& text, const char* kind = nullptr) {
  return "<td" + (kind == nullptr ? "" : std::string(" class=\"") + kind + "\"") + ">" + escaped(text) +
         "</td>";
}

std::string table(const standings_ref& systems) {
  std::string made =
      "<table><tr><th>system</th><th>a second</th><th>least – most</th><th>p50 ms</th><th>p99 ms</th>"
      "<th>p99.9 ms</th><th>most ms</th><th>µs of processor, serving</th><th>client</th><th></th></tr>\n";
  for (const auto* each : systems) {
    std::string more = each->wrong.empty() ? "" : "WRONG: " + each->wrong;
    for (const auto& [name, value] : each->extra)
      more += (more.empty() ? "" : "; ") + name + " " + short_number(value);
    made += "<tr>" + cell_of(each->system, "name") + cell_of(short_number(each->a_second)) +
            cell_of(short_number(each->a_second_least) + " – " + short_number(each->a_second_most)) +
            cell_of(short_number(each->percentile("50"))) + cell_of(short_number(each->percentile("99"))) +
            cell_of(short_number(each->percentile("99.9"))) + cell_of(short_number(each->max_ms)) +
            cell_of(short_number(each->serving_micros)) + cell_of(short_number(each->client_micros)) +
            cell_of(more, each->wrong.empty() ? "name" : "missed") + "</tr>\n";
  }
  return made + "</table>\n";
}

std::string flames_of(const report& what, const std::string& scenario) {
  std::string made;
  for (const auto& each : what.profiles)
    if (each.scenario == scenario)
      made += each.drawing.empty() ? "<p>No flame graph: " + escaped(each.complaint) + "</p>\n"
                                   : "<details class=\"flames\"><summary>Where frontrow's processor time "
                                     "goes, in a run of its own</summary>\n" +
                                         each.drawing + "</details>\n";
  return made;
}

std::string ratios(const report& what) {
  std::string made = "<table><tr><th>scenario</th><th>what</th><th>wanted</th><th>got</th><th></th></tr>\n";
  for (const auto& each : what.verdicts)
    made += "<tr>" + cell_of(each.scenario, "name") + cell_of(each.what, "name") +
            cell_of((each.bound == verdict::limit::at_least ? "≥ " : "≤ ") + short_number(each.wanted)) +
            cell_of(each.got ? short_number(*each.got) : "–") +
            cell_of(!each.got      ? "not measured"
                    : each.holds() ? "holds"
                                   : "missed",
                    !each.got      ? "name"
                    : each.holds() ? "holds"
                                   : "missed") +
            "</tr>\n";
  return made + "</table>\n";
}

constexpr const char* head = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Frontrow: benchmark</title><style>
body { font: 15px/1.45 system-ui, sans-serif; max-width: 1040px; margin: 2em auto; padding: 0 1em; color: #222; background: #fff; }
h2 { margin-top: 2.2em; border-top: 1px solid #ccc; padding-top: .6em; } h3 { font-size: 1em; margin-bottom: .2em; }
table { border-collapse: collapse; margin: .6em 0; } th { text-align: right; font-weight: 600; }
td, th { padding: .15em .6em; border-bottom: 1px solid #ddd; } td { text-align: right; font-variant-numeric: tabular-nums; }
td.name, th:first-child { text-align: left; } td.holds { color: #00694d; } td.missed { color: #b03a00; font-weight: 600; text-align: left; }
svg { width: 100%; max-width: 760px; display: block; } svg text { font: 12px system-ui, sans-serif; fill: currentColor; }
.small { display: flex; flex-wrap: wrap; gap: .4em 1.2em; } .small figure { margin: 0; width: 320px; } .small figcaption { font-size: .87em; }
.flames svg { max-width: none; } .flames text { font-size: 10px; fill: #222; } .flames rect:hover { opacity: .7; }
.limit { stroke: #888; stroke-dasharray: 5 4; } .axis { stroke: #666; } .grid { stroke: #8883; } .range { stroke: #222; stroke-width: 1.5; }
.legend span { margin-right: 1em; white-space: nowrap; } .legend i { display: inline-block; width: .8em; height: .8em; margin-right: .3em; }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #181818; } .range { stroke: #eee; } td.holds { color: #4cc9a0; } td.missed { color: #ff9c66; } td, th { border-color: #444; } }
</style></head><body>
)";

} // namespace

std::string page_of(const report& what) {
  std::string page = head;
  page +=
      "<h1>Frontrow against what people use today</h1>\n<p>" + escaped(what.date) + " UTC, <code>" +
      escaped(what.command) + "</code>" +
      (what.depth == "full" ? ""
                            : ". <strong>Scaled down (" + escaped(what.depth) + "): rough figures</strong>") +
      (what.complete ? "" : ". <strong>Stopped before its end</strong>") +
      ". Medians over the rounds; a run with a wrong answer or outcome counts as zero. Client, services and "
      "databases share the processors. Processor time is user and system of all serving processes, "
      "PostgreSQL and "
      "Redis included, divided by the turns.</p>\n<table>";
  for (const auto& [name, value] : what.machine)
    page += "<tr>" + cell_of(name, "name") + cell_of(value, "name") + "</tr>\n";
  page += "</table>\n<h2>Where it must come out</h2>\n" + ratios(what);
  std::vector<std::string> scenarios;
  colour_of colour;
  for (const auto& each : what.standings) {
    if (std::find(scenarios.begin(), scenarios.end(), each.scenario) == scenarios.end())
      scenarios.push_back(each.scenario);
    colour.try_emplace(each.system, colours[colour.size() % std::size(colours)]);
  }
  for (const auto& scenario : scenarios) {
    standings_ref systems;
    for (const auto& each : what.standings)
      if (each.scenario == scenario)
        systems.push_back(&each);
    page += "<h2>" + escaped(scenario) + "</h2>\n";
    if (!systems.front()->growth.empty()) {
      page += growth_charts(*systems.front()) + table(systems);
      continue;
    }
    page += "<h3>Throughput, a second</h3>\n" + throughput(systems, colour) + legend(systems, colour) +
            latency(systems, colour) + timeline(what, systems, colour) + table(systems) +
            flames_of(what, scenario);
  }
  return page + "</body></html>\n";
}

} // namespace frontrow::bench
