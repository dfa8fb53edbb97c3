#include "bench/contest/flame_graph.hpp"

#include "bench/contest/svg.hpp"

#include <algorithm>
#include <functional>
#include <vector>

namespace frontrow::bench {

namespace {

constexpr double width = 1'000, frame_height = 16;
/// Of a letter at the size in which the page writes them.
constexpr double letter_width = 6.2;

struct frame {
  std::uint64_t seen = 0;
  std::map<std::string, frame, std::less<>> inner{};

  std::size_t depth() const {
    std::size_t deepest = 0;
    for (const auto& [name, each] : inner)
      deepest = std::max(deepest, each.depth());
    return deepest + 1;
  }
};

frame tree_of(const folded_stacks& stacks) {
  frame all;
  for (const auto& [stack, seen] : stacks) {
    all.seen += seen;
    auto* at = &all;
    for (std::size_t from = 0; from <= stack.size();) {
      const auto end = std::min(stack.find(';', from), stack.size());
      at = &at->inner[stack.substr(from, end - from)];
      at->seen += seen;
      from = end + 1;
    }
  }
  return all;
}

/// One of a few warm colours, the same for a name wherever it stands.
std::string colour_of(const std::string& name) {
  const auto hash = std::hash<std::string>{}(name);
  return "hsl(" + std::to_string(10 + hash % 45) + " 85% " + std::to_string(58 + hash / 64 % 12) + "%)";
}

class drawing {
public:
  explicit drawing(const frame& all) : all_(all), height_(static_cast<double>(all.depth()) * frame_height) {}

  std::string draw() {
    add("all", all_, 0, 0);
    return svg(width, height_, "flame graph", inside_);
  }

private:
  void add(const std::string& name, const frame& one, double x, int depth) {
    const auto share = static_cast<double>(one.seen) / static_cast<double>(all_.seen);
    if (share < flame_share_min)
      return;
    const auto y = height_ - (depth + 1) * frame_height;
    inside_ += "<g><title>" + escaped(name) + ": " + number(share * 100) + " %</title><rect x=\"" +
               number(x) + "\" y=\"" + number(y) + "\" width=\"" + number(share * width) + "\" height=\"" +
               number(frame_height - 1) + "\" fill=\"" + colour_of(name) + "\"/>";
    if (const auto letters = static_cast<std::size_t>(share * width / letter_width); letters >= 4)
      inside_ += text_at(x + 2, y + frame_height - 5,
                         name.size() <= letters ? name : name.substr(0, letters - 2) + "..");
    inside_ += "</g>\n";
    for (const auto& [inner_name, inner] : one.inner) {
      add(inner_name, inner, x, depth + 1);
      x += static_cast<double>(inner.seen) / static_cast<double>(all_.seen) * width;
    }
  }

  const frame& all_;
  double height_;
  std::string inside_;
};

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  return from == std::string_view::npos ? "" : text.substr(from, text.find_last_not_of(" \t\r") + 1 - from);
}

} // namespace

std::string short_name(std::string_view symbol) {
  constexpr std::string_view nameless = "(anonymous namespace)::", call = "operator()";
  std::string made;
  int templates = 0;
  for (std::size_t at = 0; at < symbol.size(); ++at) {
    const auto rest = symbol.substr(at);
    if (rest.starts_with(nameless)) {
      at += nameless.size() - 1;
    } else if (templates == 0 && rest.starts_with(call)) {
      made += call;
      at += call.size() - 1;
    } else if (symbol[at] == '<' && !made.ends_with("operator") && !made.ends_with("operator<")) {
      ++templates;
    } else if (symbol[at] == '>' && templates > 0) {
      templates -= symbol[at - 1] == '-' ? 0 : 1;
    } else if (templates == 0) {
      if (symbol[at] == '(')
        break;
      made += symbol[at] == ';' ? ':' : symbol[at];
    }
  }
  while (made.ends_with(' '))
    made.pop_back();
  const auto returned = made.find("operator ") == std::string::npos ? made.rfind(' ') : std::string::npos;
  return returned == std::string::npos ? made : made.substr(returned + 1);
}

folded_stacks fold(std::string_view script) {
  folded_stacks made;
  std::string thread;
  std::vector<std::string> inwards;
  const auto end_sample = [&] {
    if (!inwards.empty()) {
      std::string stack = thread;
      std::for_each(inwards.rbegin(), inwards.rend(), [&](const auto& name) { stack += ";" + name; });
      ++made[stack];
    }
    inwards.clear();
  };
  while (!script.empty()) {
    const auto end = std::min(script.find('\n'), script.size());
    const auto line = script.substr(0, end);
    script.remove_prefix(std::min(end + 1, script.size()));
    const auto text = trimmed(line);
    if (text.empty()) {
      end_sample();
    } else if (line.front() != '\t' && line.front() != ' ') {
      thread = text;
    } else {
      const auto name = trimmed(text.substr(std::min(text.find(' '), text.size())));
      inwards.push_back(name.empty() ? "[unknown]" : short_name(name));
    }
  }
  end_sample();
  return made;
}

std::string flame_graph(const folded_stacks& stacks) {
  return stacks.empty() ? "" : drawing{tree_of(stacks)}.draw();
}

} // namespace frontrow::bench
