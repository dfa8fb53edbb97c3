#include "http/event_text.hpp"

namespace frontrow::http {

std::string event_head(const live_event& event) {
  std::string head = "event: ";
  head.append(event.name).append("\n");
  if (!event.id.empty())
    head.append("id: ").append(event.id).append("\n");
  return head.append("data: ");
}

std::string retry_text(std::chrono::milliseconds after) {
  return "retry: " + std::to_string(after.count()) + "\n\n";
}

} // namespace frontrow::http
