#pragma once

#include <map>
#include <memory>
#include <string>

#include <caf/event_based_actor.hpp>

#include "cluster/link_messages.hpp"
#include "cluster/switchboard.hpp"

namespace frontrow::cluster {

/// Ends the reception; never leaves the node.
struct end_reception {};

/// The one actor of a node that others can find: takes their hello, and has a link actor welcome them, or refuses.
class reception : public caf::event_based_actor {
public:
  reception(caf::actor_config& config, std::shared_ptr<switchboard> board);
  caf::behavior make_behavior() override;
  void on_exit() override;
  const char* name() const override { return "reception"; }

private:
  struct caller {
    std::string incarnation;
    caf::strong_actor_ptr whom;
  };
  void receive(const hello& said, const caf::strong_actor_ptr& whom);
  /// Empty: none.
  std::string reason_to_refuse(const hello& said) const;
  void welcome_in(node_number number, const caller& who);

  std::shared_ptr<switchboard> board_;
  std::map<node_number, caller> waiting_; // until the peer's earlier link has ended; members only
};

} // namespace frontrow::cluster

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::cluster::end_reception)
