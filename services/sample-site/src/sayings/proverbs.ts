/** Proverbs, in English. The lines of an author follow his name; their tags stand at the end. */
export const proverbs = `
English proverb
Haste makes waste. #patience
Still waters run deep. #character
A stitch in time saves nine. #work
The early bird catches the worm. #work
Actions speak louder than words. #character #words
Birds of a feather flock together. #friendship
Make hay while the sun shines. #time #work
Where there's a will there's a way. #courage
Better late than never. #time
Every cloud has a silver lining. #hope
All that glitters is not gold. #truth
Many hands make light work. #friendship #work
Two heads are better than one. #people
You can't see the wood for the trees. #wisdom
A rolling stone gathers no moss. #change
A watched pot never boils. #patience
Look before you leap. #wisdom
He who hesitates is lost. #courage
Too many cooks spoil the broth. #work
Don't count your chickens before they are hatched. #hope #wisdom
Don't put all your eggs in one basket. #wisdom
Strike while the iron is hot. #time #work
When the cat's away, the mice will play. #people
A bird in the hand is worth two in the bush. #wisdom
Practice makes perfect. #learning #work
Out of sight, out of mind. #friendship
Absence makes the heart grow fonder. #love
The pen is mightier than the sword. #words
Honesty is the best policy. #truth
Necessity is the mother of invention. #work #change
Curiosity killed the cat. #learning
Great oaks from little acorns grow. #patience #time
A friend in need is a friend indeed. #friendship
Empty vessels make the most noise. #words #character
Half a loaf is better than none. #happiness
It never rains but it pours. #fortune
Let sleeping dogs lie. #wisdom
Time and tide wait for no man. #time
You can lead a horse to water, but you can't make him drink. #people
Beggars can't be choosers. #fortune
Cut your coat according to your cloth. #wisdom
Waste not, want not. #wisdom
Nothing ventured, nothing gained. #courage
Once bitten, twice shy. #learning
One man's meat is another man's poison. #people
Slow and steady wins the race. #patience
The proof of the pudding is in the eating. #truth
A cat may look at a king. #people
A drowning man will clutch at a straw. #hope
A fool and his money are soon parted. #fortune
Barking dogs seldom bite. #words #character
Forewarned is forearmed. #wisdom
It is no use crying over spilt milk. #wisdom
Let bygones be bygones. #friendship
New brooms sweep clean. #change #work
The grass is always greener on the other side of the fence. #happiness
Where there's smoke there's fire. #truth
Faint heart never won fair lady. #courage #love
Scottish proverb
Many a little makes a mickle. #patience
Latin proverb
Fortune favours the bold. #courage #fortune
In wine there is truth. #truth
The voice of the people is the voice of God. #people
Repetition is the mother of learning. #learning
Art is long, life is short. #time #work
While there is life there is hope. #hope
There is no accounting for tastes. #people
Through hardships to the stars. #courage
Make haste slowly. #patience
Practice is the best teacher. #learning #work
Greek proverb
Well begun is half done. #work
French proverb
Rome was not built in a day. #patience #work
Little by little, the bird builds its nest. #patience #work
The more things change, the more they stay the same. #change
Appetite comes with eating. #happiness
One nail drives out another. #change
Spanish proverb
He who does not look ahead remains behind. #time
Tell me whom you walk with, and I will tell you who you are. #friendship #people
Italian proverb
Between saying and doing there is half the sea. #words #work
He who goes slowly goes safely, and he who goes safely goes far. #patience
After the game, the king and the pawn go into the same box. #people #fortune
German proverb
Begin to weave, and God will give the thread. #work
Practice makes the master. #learning #work
Who rests, rusts. #work
Speech is silver, silence is golden. #words
Morning hours have gold in their mouths. #work #time
The apple does not fall far from the tree. #people
Dutch proverb
After the feast comes the reckoning. #time
High trees catch much wind. #people
Swedish proverb
Shared joy is a double joy; shared sorrow is half a sorrow. #friendship #happiness
Norwegian proverb
There is no bad weather, only bad clothes. #wisdom
Danish proverb
He who is afraid of asking is ashamed of learning. #learning #courage
Irish proverb
It is in the shelter of each other that the people live. #people #friendship
Russian proverb
Trust, but verify. #truth
Measure seven times, cut once. #work
The first pancake is always lumpy. #patience #work
The morning is wiser than the evening. #wisdom #time
An old friend is better than two new ones. #friendship
The tongue will lead you to Kiev. #words
Do not dig a pit for another: you will fall into it yourself. #character
Polish proverb
Not my circus, not my monkeys. #wisdom
A guest sees more in an hour than the host in a year. #wisdom
Bulgarian proverb
A tree falls the way it leans. #character
Turkish proverb
A cup of coffee commits one to forty years of friendship. #friendship
No road is long with good company. #friendship
Arabic proverb
Trust in God, but tie your camel. #wisdom
The dogs bark, but the caravan moves on. #character
Four things come not back: the spoken word, the sped arrow, the past life, and the neglected opportunity. #time #words
Persian proverb
Drop by drop a sea is made. #patience
Cameroonian proverb
Rain does not fall on one roof alone. #people
Akan proverb
Wisdom is like a baobab tree; no one individual can embrace it. #wisdom
Haitian proverb
Eggs have no business dancing with stones. #wisdom
Beyond mountains there are mountains. #patience
Japanese proverb
Fall seven times, stand up eight. #courage #patience
The nail that sticks out gets hammered down. #people
Even monkeys fall from trees. #wisdom
The frog in the well does not know the great sea. #learning
Three years on a cold stone make it warm. #patience
The flower of others is red. #happiness
If you chase two hares, you catch neither. #wisdom #work
Chinese proverb
Dig the well before you are thirsty. #wisdom #work
A book holds a house of gold. #books #learning
One generation plants the trees; another gets the shade. #people #time
Distant water does not quench a near fire. #wisdom
A fall into the ditch makes you wiser. #learning
Proverb
It is better to light one candle than to curse the darkness. #change #hope
A calm sea does not make a skilled sailor. #courage #learning
`;
