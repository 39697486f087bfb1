// The parts of Asio and Beast that BOOST_*_SEPARATE_COMPILATION leaves out of every other file.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
