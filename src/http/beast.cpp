// The parts of Beast that BOOST_BEAST_SEPARATE_COMPILATION leaves out of every other file.

// Its parser asserts more of a last chunk than HTTP promises, so that an empty body in chunks that
// comes byte by byte would end the process; what it does then is right (boostorg/beast pull request
// 2861, in Boost from 1.86 on). Nothing else that it asserts depends on what the network brings.
#define BOOST_DISABLE_ASSERTS
#include <boost/assert.hpp>
#include <boost/beast/src.hpp>
