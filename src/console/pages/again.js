// What a yes comes to takes a moment: the page is asked for once more, as if somebody had followed a link to it.
setTimeout(() => location.replace(location.href), 2000);
